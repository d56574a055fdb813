#include "notifier/words_facts.hpp"

#include "notifier/words.hpp"
#include "notifier/words_clean.hpp"
#include "notifier/words_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace notifier {

namespace {

constexpr std::size_t name_limit = 60;
constexpr std::size_t detail_limit = 300;
constexpr std::size_t support_limit = 1000;
constexpr std::size_t note_limit = 2000;
constexpr std::size_t listed_watches = 50;
constexpr std::size_t listed_duties = 20;

template <typename T>
std::span<const T> first_of(const std::vector<T>& all, std::size_t limit) {
    return std::span{all}.first(std::min(limit, all.size()));
}

// The earliest of one moment over the members, of which there is at least one.
model::WallTime earliest(const model::Incident& incident, model::Instant model::Member::* moment) {
    model::WallTime first = model::WallTime::max();
    for (const auto& [id, member] : incident.members) first = std::min(first, (member.*moment).wall);
    return first;
}

std::string title_of(const std::string& name, const Reader& reader, const model::Directory& directory) {
    const auto found = directory.services.find(name);
    if (found == directory.services.end()) return clean(name, name_limit);
    const model::Service& service = found->second;
    const std::string& title = reader.language == model::Language::ja ? service.title_ja : service.title_en;
    const std::string text = clean(title, name_limit);
    return text.empty() ? clean(service.name.empty() ? name : service.name, name_limit) : text;
}

std::string join_titles(const std::vector<std::string>& names, std::size_t limit, const Reader& reader, const model::Directory& directory) {
    std::vector<std::string> titles;
    for (const std::string& name : first_of(names, limit)) titles.push_back(title_of(name, reader, directory));
    return join_words(titles, names.size() - titles.size(), reader.language);
}

std::string zone_of(const std::vector<std::string>& services, const model::Directory& directory) {
    for (const std::string& name : services) {
        if (const auto found = directory.services.find(name); found != directory.services.end()) return found->second.time_zone;
    }
    return directory.time_zone;
}

// The duty of this incident that the notice fulfils, of the notice's own stage.
const model::Duty* duty_of(const NoticeRequest& request, const model::Incident& incident) {
    for (const model::Duty& duty : request.duties) {
        if (duty.subject == incident.id && duty.stage == request.stage) return &duty;
    }
    return nullptr;
}

enum class Occurrence : unsigned char { opened, worsened, relapsed };

struct Episode {
    Occurrence kind = Occurrence::opened;
    model::WallTime detect{};
    model::WallTime began{};
};

// Why this first alert is owed. A member detected before the alert's base was bad already: then it got worse; with none,
// the incident had been restored: a relapse.
Episode episode_of(const NoticeRequest& request, const model::Incident& incident) {
    Episode episode{Occurrence::opened, incident.detect.wall, incident.first_bad.wall};
    if (request.stage != model::Stage::first_alert || incident.occurrence <= 1) return episode;
    const model::Duty* duty = duty_of(request, incident);
    if (duty != nullptr) episode.detect = duty->deadline.base.wall;
    const bool earlier = std::ranges::any_of(
        incident.members, [&](const auto& entry) { return duty != nullptr && entry.second.detect.wall < duty->deadline.base.wall; });
    episode.kind = earlier || incident.relapses == 0 ? Occurrence::worsened : Occurrence::relapsed;
    if (episode.kind == Occurrence::worsened || incident.members.empty()) return episode;
    episode.began = earliest(incident, &model::Member::first_bad);
    if (duty == nullptr) episode.detect = earliest(incident, &model::Member::detect);
    return episode;
}

Values about_member(const std::string& id, const model::Member& member, const std::string& zone) {
    Values values;
    values.texts["watch"] = clean(id, 2 * name_limit);
    values.texts["severity"] = word(member.severity);
    values.texts["reason"] = word(member.reason);
    values.texts["detected_at"] = say_time(member.detect.wall, zone);
    values.texts["detail"] = clean(member.detail, detail_limit);
    return values;
}

void add_for_staff(Values& values, const model::Incident& incident, const std::string& zone) {
    values.texts["watch"] = clean(incident.first_watch, 2 * name_limit);
    values.texts["reason"] = word(incident.reason);
    std::vector<Values>& watches = values.lists["watches"];
    for (const auto& [id, member] : incident.members) {
        if (watches.size() == listed_watches) break;
        watches.push_back(about_member(id, member, zone));
    }
    values.flags["not_cross_checked"] = !incident.cross_checked;
    values.flags["clock_doubtful"] = incident.clock_doubtful;
}

void add_times(Values& values, const model::Incident& incident, const Episode& episode, model::WallTime now, const std::string& zone,
               model::Language language) {
    const bool restored = incident.restore.wall != model::WallTime{};
    values.flags["restored"] = restored;
    values.texts["started_at"] = say_time(episode.began, zone);
    values.texts["detected_at"] = say_time(episode.detect, zone);
    if (episode.kind != Occurrence::opened && episode.detect != incident.detect.wall) {
        values.texts["first_detected_at"] = say_time(incident.detect.wall, zone);
    }
    values.texts["elapsed"] = say_duration(now - incident.detect.wall, language);
    if (!restored) return;
    values.texts["restored_at"] = say_time(incident.restore.wall, zone);
    values.texts["duration"] = say_duration(incident.restore.wall - incident.first_bad.wall, language);
}

Values about_incident(const NoticeRequest& request, const model::Incident& incident, const Reader& reader,
                      const model::Directory& directory) {
    Values values;
    const std::vector<std::string> services = affected_services(incident, reader);
    const std::string zone = reader.staff ? directory.time_zone : zone_of(services, directory);
    const std::string nameless = reader.staff ? clean(incident.first_watch, name_limit) : std::string{some_service(reader.language)};
    values.texts["number"] = clean(incident.id, name_limit);
    values.texts["report"] = fmt::format("{}", incident.reports + 1);
    values.texts["title"] = services.empty() ? nameless : clean(join_titles(services, 3, reader, directory), 80);
    values.texts["services"] = services.empty() ? nameless : join_titles(services, 10, reader, directory);
    const Symptom seen = symptom_of(incident, reader);
    values.texts["symptom"] = seen.brief;
    values.texts["symptom_phrase"] = seen.phrase;
    values.texts["symptom_sentence"] = seen.sentence;
    const model::Severity severity = severity_of(incident, reader);
    values.texts["severity"] = word(severity);
    values.flags["stop"] = severity == model::Severity::stop;
    values.flags["fault"] = severity == model::Severity::fault;
    values.flags["performance"] = severity == model::Severity::performance;
    const Episode episode = episode_of(request, incident);
    values.flags["by_hand"] = incident.members.contains(model::by_hand);  // a person opened it, and says when it is over
    values.flags["first_report"] = incident.reports == 0;
    values.flags["opened"] = episode.kind == Occurrence::opened;
    values.flags["worsened"] = episode.kind == Occurrence::worsened;
    values.flags["relapsed"] = episode.kind == Occurrence::relapsed;
    values.flags["eased"] = incident.open() && severity < worst_of(incident, reader);
    values.texts["eased_from"] = severity_title(worst_of(incident, reader), reader.language);
    values.texts["relapses"] = incident.relapses == 0 ? "" : fmt::format("{}", incident.relapses);
    for (const char* field : {"symptom", "scope", "cause", "measures", "workaround", "forecast", "remark"}) {
        const auto note = incident.notes.find(field);
        values.texts[std::string{"note_"} + field] = note == incident.notes.end() ? "" : clean(note->second, note_limit, Lines::several);
    }
    if (const auto& told = values.texts["note_symptom"]; !told.empty()) values.texts["symptom_sentence"] = told;
    add_times(values, incident, episode, request.now.wall, zone, reader.language);
    if (reader.staff) add_for_staff(values, incident, zone);
    return values;
}

Values about_duty(const model::Duty& duty, model::Language language) {
    Values values;
    values.texts["number"] = clean(duty.subject, name_limit);
    values.texts["stage"] = stage_title(duty.stage, language);
    values.texts["to"] = clean(recipient_word(duty.recipient), name_limit);
    values.texts["limit"] = say_duration(duty.deadline.limit, language);
    return values;
}

void add_stage(Values& values, const NoticeRequest& request) {
    values.flags["first_alert"] = request.stage == model::Stage::first_alert;
    values.flags["follow_up"] = request.stage == model::Stage::follow_up;
    values.flags["recovery"] = request.stage == model::Stage::recovery;
    values.flags["correction"] = request.stage == model::Stage::correction;
    values.flags["blind"] = request.stage == model::Stage::blind;
    values.flags["line_fault"] = request.stage == model::Stage::line_fault;
    values.texts["page"] = clean(request.page, name_limit);
    values.texts["percent"] = fmt::format("{}", request.percent);
    bool known = false;
    for (const char* page : {"at_risk", "missed", "no_contact", "opened_page", "restored_page", "unverified", "unverified_recovered",
                             "undurable", "reload_rejected", "relay_lost", "backup_old"}) {
        const std::string_view word = page;
        const bool is = request.page == word.substr(0, word.find("_page"));
        values.flags[page] = is;
        known = known || is;
    }
    values.flags["other"] = !known;
}

/// A window of the configuration that has no title of its own.
std::string regular_work(model::Language language) { return language == model::Language::ja ? "定期メンテナンス" : "Regular maintenance"; }

void add_maintenance(Values& values, const model::Maintenance& window, const Reader& reader, const model::Directory& directory) {
    std::vector<std::string> own;
    for (const auto& service : window.services) {
        const bool used = reader.staff || (reader.tenant != nullptr &&
                                           std::ranges::find(reader.tenant->services, service) != reader.tenant->services.end());
        if (used) own.push_back(service);
    }
    const std::string zone = reader.staff ? directory.time_zone : zone_of(own, directory);
    values.texts["number"] = clean(window.id, name_limit);
    values.texts["title"] = own.empty() ? std::string{some_service(reader.language)} : clean(join_titles(own, 3, reader, directory), 80);
    values.texts["services"] = own.empty() ? std::string{some_service(reader.language)} : join_titles(own, 10, reader, directory);
    values.texts["work"] = window.title.empty() ? regular_work(reader.language) : clean(window.title, note_limit, Lines::several);
    values.texts["starts_at"] = say_time(window.start, zone);
    values.texts["ends_at"] = say_time(window.end, zone);
    values.texts["duration"] = say_duration(window.end - window.start, reader.language);
    values.flags["in_time"] = window.in_time || window.regular;  // no emergency, also where its lead was not kept
}

} // namespace

Reader reader_of(const model::Recipient& recipient, const model::Directory& directory) {
    if (recipient.kind == model::RecipientKind::manager) return {directory.manager.language, nullptr, /*staff=*/true};
    if (recipient.kind == model::RecipientKind::on_call) return {directory.on_call.language, nullptr, /*staff=*/true};
    const auto found = directory.tenants.find(recipient.name);
    if (found == directory.tenants.end()) return {};
    return {found->second.language, &found->second, /*staff=*/false};
}

std::vector<std::string> affected_services(const model::Incident& incident, const Reader& reader) {
    if (reader.staff) return incident.services;
    std::vector<std::string> own;
    if (reader.tenant == nullptr) return own;
    std::ranges::copy_if(incident.services, std::back_inserter(own), [&](const std::string& service) {
        return std::ranges::find(reader.tenant->services, service) != reader.tenant->services.end();
    });
    return own;
}

namespace {

/// The worst member that concerns the reader, the oldest of several; null when none does any more.
const model::Member* worst_member(const model::Incident& incident, const std::vector<std::string>& services) {
    const model::Member* worst = nullptr;
    for (const auto& [id, member] : incident.members) {
        const bool concerned = member.services.empty() || std::ranges::find_first_of(services, member.services) != services.end();
        const bool worse = worst == nullptr || member.severity > worst->severity ||
                           (member.severity == worst->severity && member.first_bad.wall < worst->first_bad.wall);
        if (concerned && worse) worst = &member;
    }
    return worst;
}

} // namespace

model::Severity worst_of(const model::Incident& incident, const Reader& reader) {
    if (reader.staff || incident.worst_of.empty()) return incident.worst;
    auto worst = model::Severity::performance;
    for (const auto& service : affected_services(incident, reader)) {
        if (const auto found = incident.worst_of.find(service); found != incident.worst_of.end()) worst = std::max(worst, found->second);
    }
    return worst;
}

model::Severity severity_of(const model::Incident& incident, const Reader& reader) {
    if (!incident.open()) return worst_of(incident, reader);
    if (reader.staff || incident.worst_of.empty()) return incident.severity;
    const auto* member = worst_member(incident, affected_services(incident, reader));
    return member == nullptr ? worst_of(incident, reader) : member->severity;
}

Symptom symptom_of(const model::Incident& incident, const Reader& reader) {
    const auto* worst = worst_member(incident, affected_services(incident, reader));
    const Tense tense = incident.open() ? Tense::present : Tense::past;
    return symptom(worst == nullptr ? incident.reason : worst->reason, severity_of(incident, reader), reader.language, tense);
}

Values facts(const NoticeRequest& request, const model::Directory& directory) {
    const Reader reader = reader_of(request.recipient, directory);
    Values values;
    if (request.incidents.size() == 1) values = about_incident(request, request.incidents.front(), reader, directory);
    std::string zone = directory.time_zone;
    if (!reader.staff && !request.incidents.empty()) zone = zone_of(affected_services(request.incidents.front(), reader), directory);
    std::vector<Values>& incidents = values.lists["incidents"];
    for (const model::Incident& incident : first_of(request.incidents, listed_incidents)) {
        incidents.push_back(about_incident(request, incident, reader, directory));
        if (!reader.staff) incidents.back().lists.clear();
    }
    if (request.incidents.size() > 1) values.texts["number"] = clean(request.incidents.front().id, name_limit);
    values.texts["count"] = fmt::format("{}", request.incidents.size());
    if (request.incidents.size() > listed_incidents) values.texts["more"] = fmt::format("{}", request.incidents.size() - listed_incidents);
    std::vector<Values>& duties = values.lists["duties"];
    for (const model::Duty& duty : first_of(request.duties, listed_duties)) {
        if (reader.staff) duties.push_back(about_duty(duty, reader.language));
    }
    add_stage(values, request);
    if (request.maintenance) add_maintenance(values, *request.maintenance, reader, directory);
    values.texts["recipient"] = clean(request.recipient.name, name_limit);
    values.texts["provider"] = clean(directory.provider, name_limit);
    values.texts["support"] = clean(directory.support, support_limit, Lines::several);
    values.texts["language"] = reader.language == model::Language::ja ? "ja" : "en";
    values.texts["next_report"] = say_time(request.next_report, zone);
    values.texts["composed_at"] = say_time(request.now.wall, zone);
    values.flags["combined"] = request.combined;
    values.flags["rehearsal"] = directory.rehearsal;
    return values;
}

} // namespace notifier

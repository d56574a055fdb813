#include "daemon/control.hpp"
#include "daemon/times.hpp"
#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"
#include "notifier/words_symptom.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

/// What people look at. Nothing here changes anything.
namespace hinomi {

using nlohmann::json;

namespace {

constexpr std::size_t most_rows = 10'000;

std::string_view word(model::Severity severity) {
    switch (severity) {
    case model::Severity::performance: return "performance";
    case model::Severity::fault: return "fault";
    case model::Severity::stop: return "stop";
    case model::Severity::line: return "line";
    case model::Severity::blind: return "blind";
    }
    return "?";
}

std::string_view word(model::DutyState state) {
    switch (state) {
    case model::DutyState::armed: return "armed";
    case model::DutyState::met: return "met";
    case model::DutyState::missed: return "missed";
    case model::DutyState::late: return "late";
    case model::DutyState::voided: return "void";
    }
    return "?";
}

std::string_view word(incidents::EnvelopeState state) {
    switch (state) {
    case incidents::EnvelopeState::pending: return "pending";
    case incidents::EnvelopeState::accepted: return "accepted";
    case incidents::EnvelopeState::refused: return "refused";
    case incidents::EnvelopeState::undeliverable: return "undeliverable";
    case incidents::EnvelopeState::superseded: return "superseded";
    }
    return "?";
}

std::string state_of(const incidents::WatchState& state) {
    if (state.unknown) return "unknown";
    if (!state.confirmed && state.run) return state.verified ? "suspected" : "unverified";
    switch (state.condition) {
    case model::Condition::up: return "up";
    case model::Condition::degraded: return "degraded";
    case model::Condition::down: return state.verified ? "down" : "unverified";
    case model::Condition::unknown: return "unknown";
    case model::Condition::pending: return "pending";
    }
    return "?";
}

bool is_bad(const std::string& state) { return state != "up" && state != "pending"; }

std::string name_of(const model::Recipient& recipient) {
    switch (recipient.kind) {
    case model::RecipientKind::tenant: return recipient.name;
    case model::RecipientKind::manager: return "manager";
    case model::RecipientKind::on_call: return "on-call";
    }
    return "?";
}

std::string state_of(const model::Incident& incident) {
    if (!incident.void_reason.empty()) return "void";
    if (!incident.open()) return "closed";
    return incident.acknowledged ? "acknowledged" : "open";
}

struct Window {
    Engine& engine;
    const Given& given;
    model::Instant now;

    [[nodiscard]] const incidents::Book& book() const { return engine.book(); }
    [[nodiscard]] std::string time(model::WallTime wall) const { return rfc3339(wall, engine.directory().time_zone); }
};

/// The duty that is due next, over all incidents.
std::string next_due(const Window& window) {
    std::optional<model::Milliseconds> least;
    std::string id;
    for (const auto& [key, duty] : window.book().duties) {
        if (duty.settled || duty.state != model::DutyState::armed) continue;
        const auto left = duty.deadline.limit - incidents::elapsed(duty.deadline, window.now);
        if (least && left >= *least) continue;
        least = left;
        id = key;
    }
    return least ? fmt::format("next due: {} in {}", id, spoken(*least)) : "nothing is owed";
}

Answer status(const Window& window) {
    Answer answer;
    answer.columns = {"watch", "state", "since", "reason", "detail"};
    const auto& watching = std::as_const(window.engine).watching();
    std::size_t bad = 0;
    for (std::size_t index = 0; index < watching.size(); ++index) {
        if (watching.vacant(index)) continue;
        const auto& state = watching.state(index);
        const auto shown = state_of(state);
        if (is_bad(shown)) ++bad;
        if ((!is_bad(shown) && !window.given.has("all")) || answer.rows.size() == most_rows) continue;
        json row{{"watch", watching.watch(index).id}, {"state", shown}, {"since", ""}, {"reason", ""}, {"detail", ""}};
        if (state.run) {
            row["since"] = window.time(state.run->first_bad.wall);
            row["reason"] = notifier::word(state.run->reason);
            row["detail"] = state.run->detail;
        }
        answer.rows.push_back(std::move(row));
    }
    std::size_t open = 0;
    for (const auto& [id, incident] : window.book().incidents) open += incident.open() && incident.void_reason.empty() ? 1 : 0;
    const auto outbox = window.engine.outbox().counts();
    answer.message = fmt::format("{} watches, {} of them not well; {} incidents open; {} envelopes on their way; {}", watching.count(), bad,
                                 open, outbox.pending_mail + outbox.pending_webhook, next_due(window));
    if (window.engine.directory().rehearsal) answer.message += "\nrehearsal: customers' notices go to on-call until `hinomi go-live`";
    if (!window.engine.ledger().durable()) answer.message += "\nwarning: the ledger cannot be written; notices go on from memory";
    if (bad + open > 0 && window.given.has("exit-code")) answer.exit_code = exit_down;
    return answer;
}

Answer incident_list(const Window& window) {
    Answer answer;
    answer.columns = {"incident", "state", "severity", "services", "detected", "restored", "tenants", "watch"};
    for (const auto& [id, incident] : window.book().incidents) {
        if (window.book().only_its_number(incident) || (window.given.has("open") && !incident.open())) continue;
        if (answer.rows.size() == most_rows) break;
        answer.rows.push_back({{"incident", id},
                               {"state", state_of(incident)},
                               {"severity", word(incident.severity)},
                               {"services", incident.services},
                               {"detected", window.time(incident.detect.wall)},
                               {"restored", window.time(incident.restore.wall)},
                               {"tenants", incident.tenants.size()},
                               {"watch", incident.first_watch}});
    }
    if (answer.rows.empty()) answer.message = "no incidents";
    return answer;
}

json duties_of(const Window& window, const std::string& subject) {
    auto duties = json::array();
    for (const auto& [id, facts] : incidents::duties_below(window.book().duties, subject + "/")) {
        duties.push_back({{"stage", incidents::word(facts.stage)},
                          {"recipient", name_of(facts.recipient)},
                          {"state", word(facts.state)},
                          {"limit", spoken(facts.deadline.limit)},
                          {"due", window.time(facts.deadline.base.wall + facts.deadline.limit)},
                          {"accepted", window.time(facts.accepted.wall)}});
    }
    return duties;
}

json notices_about(const Window& window, const std::string& subject) {
    auto notices = json::array();
    for (const auto& [id, notice] : window.book().notices) {
        if (std::ranges::find(notice.subjects, subject) == notice.subjects.end()) continue;
        for (const auto& [envelope, state] : notice.envelopes) {
            const auto identity = notice.identities.find(envelope);
            notices.push_back({{"notice", id},
                               {"stage", incidents::word(notice.stage)},
                               {"recipient", name_of(notice.recipient)},
                               {"contact", identity == notice.identities.end() ? "" : identity->second.contact},
                               {"message", identity == notice.identities.end() ? "" : identity->second.message_id},
                               {"state", word(state)}});
        }
    }
    return notices;
}

/// Nested rows as lines for people; programs read them as they are.
std::string told(const json& rows, const std::vector<std::string>& columns) {
    std::string lines;
    for (const auto& row : rows) {
        lines += "\n ";
        for (const auto& column : columns) {
            const auto& value = row.at(column).get_ref<const std::string&>();
            if (!value.empty()) lines += " " + value;
        }
    }
    return lines;
}

Answer incident_show(const Window& window) {
    const auto id = window.given.text("incident");
    const auto found = window.book().incidents.find(id);
    if (found == window.book().incidents.end() || window.book().only_its_number(found->second))
        return failed("there is no incident " + id + " that is open or recently closed; see `hinomi incident list`");
    const auto& incident = found->second;
    json members = json::object();
    for (const auto& [watch, member] : incident.members) members[watch] = member.detail;
    const auto duties = duties_of(window, id);
    const auto notices = notices_about(window, id);
    Answer answer;
    answer.upright = true;
    answer.columns = {"incident",  "state",        "void",     "severity",  "worst",    "services",           "tenants",
                      "last_good", "first_bad",    "detected", "confirmed", "restored", "recovery_confirmed", "relapses",
                      "linked_to", "cross_checked"};
    json row{{"incident", id},
             {"state", state_of(incident)},
             {"void", incident.void_reason},
             {"severity", word(incident.severity)},
             {"worst", word(incident.worst)},
             {"services", incident.services},
             {"tenants", incident.tenants},
             {"last_good", window.time(incident.last_good.wall)},
             {"first_bad", window.time(incident.first_bad.wall)},
             {"detected", window.time(incident.detect.wall)},
             {"confirmed", window.time(incident.confirm.wall)},
             {"restored", window.time(incident.restore.wall)},
             {"recovery_confirmed", window.time(incident.recover_confirm.wall)},
             {"relapses", incident.relapses},
             {"linked_to", incident.linked_to},
             {"cross_checked", incident.cross_checked},
             {"members", members},
             {"notes", incident.notes},
             {"duties", duties},
             {"notices", notices}};
    answer.rows.push_back(std::move(row));
    for (const auto& [watch, member] : incident.members) answer.message += "\n  " + watch + ": " + member.detail;
    if (!incident.members.empty()) answer.message = "failing:" + answer.message + "\n";
    for (const auto& [field, text] : incident.notes) answer.message += field + ": " + text + "\n";
    answer.message += "duties:" + told(duties, {"stage", "recipient", "state", "limit", "due", "accepted"}) +
                      "\nnotices:" + told(notices, {"stage", "recipient", "contact", "state", "message"});
    return answer;
}

Answer maintenance_list(const Window& window) {
    Answer answer;
    answer.columns = {"maintenance", "state", "start", "end", "services", "tenants", "in_time", "title"};
    for (const auto& [id, facts] : window.book().maintenances) {
        if (facts.only_its_number) continue;
        const auto& made = facts.maintenance;
        const auto* state = facts.cancelled ? "cancelled" : facts.ended ? "ended" : made.start <= window.now.wall ? "going on" : "to come";
        answer.rows.push_back({{"maintenance", id},
                               {"state", state},
                               {"start", window.time(made.start)},
                               {"end", window.time(facts.declared_end)},
                               {"services", made.services},
                               {"tenants", made.tenants.size()},
                               {"in_time", made.in_time},
                               {"title", made.title}});
    }
    if (answer.rows.empty()) answer.message = "no maintenance";
    return answer;
}

Answer outbox_list(const Window& window) {
    Answer answer;
    answer.columns = {"envelope", "stage", "recipient", "contact", "channel", "attempts", "phase", "next_in", "due_in", "subjects"};
    const auto left = [&](model::Milliseconds boot) { return boot == model::Milliseconds::max() ? "" : spoken(boot - window.now.boot); };
    for (const auto& line : window.engine.outbox().lines(most_rows)) {
        answer.rows.push_back({{"envelope", line.envelope},
                               {"stage", incidents::word(line.stage)},
                               {"recipient", name_of(line.recipient)},
                               {"contact", line.contact},
                               {"channel", line.channel == model::ChannelKind::mail ? "mail" : "webhook"},
                               {"attempts", line.attempts},
                               {"phase", line.phase},
                               {"next_in", left(line.next)},
                               {"due_in", left(line.limit)},
                               {"subjects", line.subjects},
                               {"message_id", line.message_id},
                               {"composed", window.time(line.composed)}});
    }
    if (answer.rows.empty()) answer.message = "nothing waits";
    return answer;
}

struct Entry {
    std::string_view verb;
    Answer (*view)(const Window& window);
};
constexpr std::array<Entry, 5> entries{{{"status", status},
                                        {"incident list", incident_list},
                                        {"incident show", incident_show},
                                        {"maintenance list", maintenance_list},
                                        {"outbox list", outbox_list}}};

} // namespace

Answer view(const Request& request, Engine& engine) {
    const Window window{engine, request.given, engine.moments().now().now};
    for (const auto& entry : entries) {
        if (entry.verb == request.given.verb) return entry.view(window);
    }
    return failed("the daemon does not know how to show `" + request.given.verb + "`");
}

} // namespace hinomi

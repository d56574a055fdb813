#include "incidents/book.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>

namespace incidents {

namespace {

void add_sorted(std::vector<std::string>& names, const std::vector<std::string>& more) {
    std::vector<std::string> united;
    united.reserve(names.size() + more.size());
    auto added = more;
    std::ranges::sort(added);
    std::ranges::set_union(names, added, std::back_inserter(united));
    united.erase(std::ranges::unique(united).begin(), united.end());
    names = std::move(united);
}

/// On-call is told once of each occurrence and once of its end, without duties.
std::uint32_t pages_due(const model::Incident& incident) { return 2 * incident.occurrence - (incident.open() ? 1 : 0); }

/// `remembered`: more is known of it than its number.
bool wants_page(const model::Incident& incident, bool remembered) {
    if (!incident.void_reason.empty()) return false;
    if (incident.kind == model::IncidentKind::unverified) return incident.reports == (incident.open() ? 0U : 1U);
    const bool told = incident.kind == model::IncidentKind::customer || incident.kind == model::IncidentKind::line;
    if (!told || !remembered) return false;
    return incident.paged < pages_due(incident) && !(incident.open() && incident.acknowledged);
}

} // namespace

const std::set<model::IncidentId>& Book::member_of(const std::string& watch) const {
    static const std::set<model::IncidentId> none;
    const auto found = member_of_.find(watch);
    return found == member_of_.end() ? none : found->second;
}

model::Incident* Book::touch(const model::IncidentId& id, model::Sequence sequence) {
    const auto found = incidents.find(id);
    if (found == incidents.end()) return nullptr;
    found->second.history.push_back(sequence);
    return &found->second;
}

void Book::add_member(model::Incident& incident, const std::string& watch, const model::Member& member) {
    incident.members[watch] = member;
    if (incident.services.size() > 1) {
        for (const auto& service : member.services.empty() ? incident.services : member.services) {
            auto& worst = incident.worst_of[service];
            worst = std::max(worst, member.severity);
        }
    }
    member_of_[watch].insert(incident.id);
    if (incident.kind != model::IncidentKind::blind) return;
    const auto facts = watches.find(watch);
    if (facts == watches.end() || !facts->second.unknown) return;
    auto& spell = *facts->second.unknown;
    spell.told = true;
    unknown_spells.erase({boot_when(spell.clock, spell.clock.limit), watch});
}

void Book::refresh_page(const model::Incident& incident, const model::Instant& at) {
    const auto place = page_at_.find(incident.id);
    const bool pending = place != page_at_.end();
    if (pending) {
        pages.erase({place->second.boot, incident.id});
        page_at_.erase(place);
    }
    // One that is kept for its number has lost its duties; who affected no tenant never had any, and may end before its page went out.
    const bool told_or_pending = incident.paged > 0 || pending;
    const bool remembered = incident.open() || has_duties(incident.id) || (incident.tenants.empty() && told_or_pending);
    if (!wants_page(incident, remembered)) return;
    pages.emplace(at.boot, incident.id);
    page_at_.emplace(incident.id, at);
}

/// The incident has no members any more.
void Book::end_membership(model::Incident& incident) {
    for (const auto& [watch, member] : incident.members) {
        const auto place = member_of_.find(watch);
        if (place == member_of_.end()) continue;
        place->second.erase(incident.id);
        if (place->second.empty()) member_of_.erase(place);
    }
    incident.members.clear();
    if (blind == incident.id) blind.clear();
}

void Book::fold(const model::Event& event, const model::Opened& payload, Transitions&) {
    auto& incident = incidents[payload.incident.id] = payload.incident;
    incident.history = {event.sequence};
    const auto members = incident.members;
    for (const auto& [watch, member] : members) add_member(incident, watch, member);
    incident_numbers.count(incident.id);
    if (incident.kind == model::IncidentKind::blind) blind = incident.id;
    refresh_page(incident, event.time);
    if (incident.kind != model::IncidentKind::customer) return;
    for (const auto& service : incident.services) of_service[service].insert(incident.id);
}

void Book::fold(const model::Event& event, const model::Joined& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    add_member(*incident, payload.watch, payload.member);
    add_sorted(incident->services, payload.services);
    add_sorted(incident->tenants, payload.tenants);
    if (incident->kind != model::IncidentKind::customer) return;
    for (const auto& service : payload.services) of_service[service].insert(incident->id);
    incident->severity = std::max(incident->severity, payload.member.severity);
    incident->worst = std::max(incident->worst, incident->severity);
}

void Book::fold(const model::Event& event, const model::Worsened& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    incident->severity = payload.severity;
    incident->worst = std::max(incident->worst, payload.severity);
    add_sorted(incident->tenants, payload.tenants);
    ++incident->occurrence;
    incident->acknowledged = false;
    refresh_page(*incident, event.time);
}

void Book::fold(const model::Event& event, const model::Eased& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    incident->members.erase(payload.watch);
    incident->severity = payload.severity;
    const auto place = member_of_.find(payload.watch);
    if (place == member_of_.end()) return;
    place->second.erase(incident->id);
    if (place->second.empty()) member_of_.erase(place);
}

void Book::fold(const model::Event& event, const model::Relapsed& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    add_member(*incident, payload.watch, payload.member);
    add_sorted(incident->tenants, payload.tenants);
    incident->severity = payload.member.severity;
    incident->worst = std::max(incident->worst, incident->severity);
    incident->restore = {};
    incident->recover_confirm = {};
    ++incident->relapses;
    ++incident->occurrence;
    incident->acknowledged = false;
    refresh_page(*incident, event.time);
}

void Book::fold(const model::Event& event, const model::Restored& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    end_membership(*incident);
    incident->restore = payload.restore;
    incident->recover_confirm = payload.recover_confirm;
    refresh_page(*incident, event.time);
}

void Book::count_page(model::Incident& incident, const model::Instant& at) {
    if (incident.kind == model::IncidentKind::unverified) ++incident.reports;
    incident.paged = pages_due(incident);
    refresh_page(incident, at);
}

} // namespace incidents

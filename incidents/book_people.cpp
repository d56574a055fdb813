#include "incidents/book.hpp"
#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>

/// What people decided, folded.
namespace incidents {

namespace {

constexpr model::Milliseconds maintenance_remembered{2 * 24 * 3'600'000};

} // namespace

bool Book::knows_subject(const std::string& subject) const {
    const auto maintenance = maintenances.find(subject);
    return incidents.contains(subject) || (maintenance != maintenances.end() && !maintenance->second.only_its_number);
}

std::set<model::ContactId> Book::bounced_contacts(const std::vector<model::DutyId>& of_each) const {
    std::set<model::ContactId> common;
    for (const auto& duty : of_each) {
        const auto found = bounced_.find(duty);
        if (found == bounced_.end()) return {};
        if (&duty == &of_each.front()) common = found->second;
        else std::erase_if(common, [&](const auto& contact) { return !found->second.contains(contact); });
    }
    return common;
}

std::optional<model::EnvelopeId> Book::envelope_of_message(const std::string& message_id) const {
    for (const auto& [id, notice] : notices) {
        for (const auto& [envelope, identity] : notice.identities) {
            if (identity.message_id == message_id) return envelope;
        }
    }
    return std::nullopt;
}

void Book::fold(const model::Event& event, const model::Voided& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    end_membership(*incident);
    incident->void_reason = payload.reason;
    if (incident->restore == model::Instant{}) {
        incident->restore = payload.at;
        incident->recover_confirm = payload.at;
    }
    refresh_page(*incident, event.time);
}

void Book::fold(const model::Event& event, const model::Acknowledged& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    incident->acknowledged = true;
    refresh_page(*incident, event.time);
}

void Book::fold(const model::Event& event, const model::Noted& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    for (const auto& [field, text] : payload.fields) incident->notes[field] = text;
    if (!payload.release) return;
    for (auto& [id, duty] : duties_below(duties, payload.incident + "/follow_up/")) {
        if (duty.composed || !unmet(duty)) continue;
        duty.release_after = std::min(duty.release_after, elapsed(duty.deadline, event.time));
        refresh(duty);
    }
}

void Book::fold(const model::Event& event, const model::MaintenanceDeclared& payload, Transitions&) {
    auto& facts = maintenances[payload.maintenance.id];
    facts.maintenance = payload.maintenance;
    facts.declared_end = payload.maintenance.end;
    facts.history.push_back(event.sequence);  // more than one: at the end of a rehearsal it is declared anew
    maintenance_numbers.count(payload.maintenance.id);
}

void Book::fold(const model::Event& event, const model::MaintenanceCancelled& payload, Transitions&) {
    const auto found = maintenances.find(payload.id);
    if (found == maintenances.end()) return;
    auto& maintenance = found->second.maintenance;
    maintenance.end = std::max(maintenance.start, std::min(maintenance.end, payload.at.wall));
    found->second.cancelled = true;
    found->second.history.push_back(event.sequence);
}

void Book::fold(const model::Event& event, const model::MaintenanceEnded& payload, Transitions&) {
    const auto found = maintenances.find(payload.id);
    if (found == maintenances.end()) return;
    found->second.ended = true;
    found->second.history.push_back(event.sequence);
}

void Book::fold(const model::Event& event, const model::Uncovered& payload, Transitions&) {
    auto* incident = touch(payload.incident, event.sequence);
    if (incident == nullptr) return;
    std::vector<std::string> united;
    std::ranges::set_union(incident->tenants, payload.tenants, std::back_inserter(united));
    incident->tenants = std::move(united);
}

void Book::fold(const model::Event& event, const model::WentLive&, Transitions&) {
    went_live = true;
    live_by_ = event.sequence;
    const auto of_a_tenant = [](const auto& entry) { return entry.first.kind == model::RecipientKind::tenant; };
    for (auto& [id, notice] : notices) notice.rehearsed = notice.recipient.kind == model::RecipientKind::tenant;
    for (auto& [id, counts] : reports_) {
        std::erase_if(counts, of_a_tenant);
        if (const auto incident = incidents.find(id); incident != incidents.end() && counts.empty()) incident->second.reports = 0;
    }
}

void Book::prune_maintenances(const model::Instant& now) {
    std::vector<std::string> finished;
    for (const auto& [id, facts] : maintenances) {
        const bool remembered = !facts.ended || now.wall - facts.maintenance.end < maintenance_remembered;
        if (facts.only_its_number ? maintenance_numbers.needs(id) : remembered) continue;
        const auto left = unsettled_.find(id);
        if ((left == unsettled_.end() || left->second == 0) && told_of(id)) finished.push_back(id);
    }
    for (const auto& id : finished) {
        maintenances.find(id)->second.only_its_number = true;
        forget_duties(id);
        forget_notices(id);
        if (!maintenance_numbers.needs(id)) maintenances.erase(id);
    }
}

/// A relay's acceptance turned out to be worth nothing: the duty is owed again, on its original base (semantics 1.2).
void Book::bounce(model::Duty& duty, const model::Instant& at, Transitions& transitions) {
    duty.bounced = true;
    duty.composed = false;
    if (duty.settled) {
        duty.settled = false;
        ++unsettled_[duty.subject];
    }
    // late: the breach record exists, and there is only one
    if (duty.state == model::DutyState::late || duty.state == model::DutyState::met)
        move(duty, duty.breached ? model::DutyState::missed : model::DutyState::armed, transitions);
    duty.accepted = {};
    duty.release_after = std::min(duty.release_after, elapsed(duty.deadline, at));
    refresh(duty);
}

void Book::fold(const model::Event& event, const model::Bounced& payload, Transitions& transitions) {
    const auto place = notice_of_.find(payload.envelope);
    if (place == notice_of_.end()) return;
    auto& notice = notices.find(place->second)->second;
    notice.history.push_back(event.sequence);
    notice.envelopes[payload.envelope] = EnvelopeState::refused;
    if (notice.rehearsed) return;  // its customer is owed what `go-live` armed anew
    const auto accepted = [](const auto& envelope) { return envelope.second == EnvelopeState::accepted; };
    if (notice.policy == model::ContactPolicy::primary) {
        // The outbox gave the contacts after it up when this one was reached (notifier/pending.cpp): another notice goes to them.
        for (auto& [envelope, state] : notice.envelopes) {
            if (state == EnvelopeState::pending) state = EnvelopeState::superseded;
        }
    }
    const bool still_reached = notice.policy != model::ContactPolicy::all && std::ranges::any_of(notice.envelopes, accepted);
    for (const auto& id : notice.duties) {
        const auto duty = duties.find(id);
        if (duty == duties.end() || duty->second.state == model::DutyState::voided) continue;
        bounced_[id].insert(notice.identities[payload.envelope].contact);
        duty_history_[duty->second.subject].push_back(event.sequence);
        if (!still_reached) bounce(duty->second, event.time, transitions);
    }
}

} // namespace incidents

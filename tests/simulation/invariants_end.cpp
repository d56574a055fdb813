#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <utility>

/// The end of the run, hours after everything healed.
namespace simulation {

namespace {

constexpr std::size_t number_keepers = 2;   // incidents kept for their number, and maintenances
constexpr Milliseconds slack{15'000};
constexpr std::uint32_t most_quiet_events = 4;  // a configuration, a seal

} // namespace

void Invariants::check_ends() const {
    for (const auto& [id, duty] : engine_->book().duties) {
        if (!duty.settled) violated("every_duty_ends", id + " is not settled");
    }
    for (const auto& [id, truth] : duties_) {
        if (!truth.accepted && truth.misses == 0 && !truth.voided) violated("every_duty_ends", id + " was neither met nor missed");
    }
    for (const auto& [id, indices] : acceptances_) {
        const auto& minted = minted_.at(id);
        const auto recorded = recorded_.find(id);
        const bool excused = minted.superseded || std::ranges::all_of(indices, [this](auto index) {
                                 const auto& accepted = world_.accepted[index];
                                 return accepted.undurable || accepted.record_lost || !accepted.reply_known;
                             });
        if (!excused && (recorded == recorded_.end() || recorded->second == 0)) {
            const auto& last = world_.accepted[indices.back()];
            violated("accepted_is_recorded", minted.envelope + " accepted at " + std::to_string(last.at.count() / 60'000) +
                                                 " min in life " + std::to_string(last.life));
        }
    }
    const auto counts = engine_->outbox().counts();
    if (counts.pending_mail + counts.pending_webhook > 0)
        violated("outbox_empties_when_all_heals", std::to_string(counts.pending_mail + counts.pending_webhook) + " left");
}

void Invariants::check_current() const {
    for (const auto& [id, incident] : engine_->book().incidents) {
        if (incident.open()) violated("incidents_end_when_all_heals", id);
    }
    const auto& watching = engine_->watching();
    std::map<std::string, model::Condition> conditions;
    for (std::size_t index = 0; index < watching.size(); ++index) {
        if (!watching.vacant(index)) conditions[watching.watch(index).id] = watching.state(index).condition;
    }
    for (std::size_t index = 0; index < world_.targets.size(); ++index) {
        if (topology_.absent.contains(index)) continue;
        const auto& target = world_.targets[index];
        if (target.last_start < world_.now - topology_.watches[index].interval - slack)
            violated("every_watch_is_current_in_the_end", target.name + " was not probed lately");
        const auto condition = conditions.at(target.name);
        if (condition != model::Condition::up && condition != model::Condition::pending)
            violated("every_watch_is_current_in_the_end", target.name + " is not known to be well");
    }
    if (!engine_->ledger().durable()) violated("every_watch_is_current_in_the_end", "the ledger is not durable");
}

/// Hours after the last incident nothing of it is held in memory but the last number and the highest.
void Invariants::check_bounded() const {
    const auto& book = engine_->book();
    const auto held = [&](std::size_t count, std::size_t most, const char* what) {
        if (count > most) violated("memory_stays_bounded", std::to_string(count) + " " + what);
    };
    held(book.incidents.size(), number_keepers, "incidents");
    const auto kept = std::ranges::count_if(book.maintenances, [](const auto& each) { return each.second.only_its_number; });
    held(static_cast<std::size_t>(kept), number_keepers, "maintenances");
    for (const auto& [id, duty] : book.duties) {
        if (!book.maintenances.contains(duty.subject)) violated("memory_stays_bounded", id + " is still there");
    }
    for (const auto& [id, notice] : book.notices) {
        // a bounce may still come for what was told of a maintenance
        const auto remembered = [&](const std::string& subject) { return book.maintenances.contains(subject); };
        if (std::ranges::any_of(notice.subjects, remembered)) continue;
        violated("memory_stays_bounded", id + " is still there, about " + (notice.subjects.empty() ? "nothing" : notice.subjects.front()));
    }
    held(book.agenda.size() + book.releases.size() + book.pages.size() + book.unknown_spells.size(), 0, "things to look at");
    held(book.watches.size(), topology_.watches.size(), "watches");
    held(engine_->outbox().counts().in_flight, 0, "attempts under way");
    if (quiet_events_ > most_quiet_events)
        violated("store_stays_bounded", std::to_string(quiet_events_) + " events in the last, quiet hour");
}

/// What the process holds is what the whole ledger says: it may have come from a snapshot and the events after it.
void Invariants::check_replay(const std::vector<model::Event>& durable) const {
    incidents::Book again;
    for (const auto& event : durable) again.apply(event);
    const auto differs = [this](const std::string& what) { violated("replay_gives_the_same_state", what); };
    const auto& book = engine_->book();
    for (const auto& [id, duty] : again.duties) {
        const auto twin = book.duties.find(id);
        if (twin == book.duties.end()) {
            // what came back when its incident was forgotten already is nobody's any more
            if (!duty.settled && !duty.bounced) differs(id + " is not there");
            continue;
        }
        const auto& left = twin->second;
        const bool same_clock = left.settled || (left.deadline.anchor == duty.deadline.anchor && left.deadline.base == duty.deadline.base &&
                                                 left.deadline.elapsed_at_anchor == duty.deadline.elapsed_at_anchor);
        if (left.state != duty.state || left.settled != duty.settled || left.breached != duty.breached || left.composed != duty.composed ||
            left.risk_percent != duty.risk_percent || !same_clock)
            differs(id);
    }
    for (const auto& [id, incident] : again.incidents) {
        const auto twin = book.incidents.find(id);
        if (twin == book.incidents.end()) {
            if (incident.open()) differs(id + " is not there");
            continue;
        }
        if (twin->second.open() != incident.open()) differs(id);
        if (!incident.open()) continue;
        const bool same = std::ranges::equal(
            twin->second.members, incident.members, {}, [](const auto& member) { return member.first; },
            [](const auto& member) { return member.first; });
        if (!same || twin->second.severity != incident.severity || twin->second.tenants != incident.tenants ||
            twin->second.acknowledged != incident.acknowledged)
            differs(id);
    }
    for (const auto& [id, facts] : again.watches) {
        const auto twin = book.watches.find(id);
        const bool has_left = once_absent_.contains(id) || !engine_->watching().knows(id);
        if (twin == book.watches.end() && has_left && !facts.run && !facts.unknown) continue;  // forgotten after a while
        if (twin == book.watches.end()) differs(id);
        // what was forgotten while the watch was away is known again when the whole ledger is replayed
        const bool same_proof = twin->second.verified == facts.verified || (facts.verified && once_absent_.contains(id));
        if (!same_proof || twin->second.confirmed != facts.confirmed || twin->second.run.has_value() != facts.run.has_value() ||
            twin->second.unknown.has_value() != facts.unknown.has_value() ||
            (facts.unknown && twin->second.unknown->since != facts.unknown->since))
            differs(id);
    }
    if (again.incident_numbers != book.incident_numbers || again.maintenance_numbers != book.maintenance_numbers)
        differs("the numbers of incidents and maintenances");
    const auto remembered = [&](const auto& point) { return book.duties.contains(point.second); };
    if (std::cmp_not_equal(std::ranges::count_if(again.agenda, remembered), book.agenda.size())) differs("the agenda");
}

} // namespace simulation

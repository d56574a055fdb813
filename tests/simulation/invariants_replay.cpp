#include "notifier/pending.hpp"
#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <limits>
#include <utility>

/// What a restart would find: from the whole ledger, and from a snapshot.
namespace simulation {

namespace {

std::string shown(const model::Duty& duty) {
    auto text = "state " + std::to_string(static_cast<int>(duty.state)) + ", risk " + std::to_string(duty.risk_percent);
    if (duty.settled) text += ", settled";
    if (duty.breached) text += ", breached";
    if (duty.composed) text += ", composed";
    return text;
}

} // namespace

/// What the process holds is what the whole ledger says: it may have come from a snapshot and the events after it.
void Invariants::check_replay(const std::vector<model::Event>& durable) const {
    incidents::Book again;
    notifier::Pending outbox;
    for (const auto& event : durable) {
        again.apply(event);
        outbox.apply(event);
    }
    check_same(again, engine_->book());
    check_same_outbox(outbox, "the whole ledger");
}

/// A snapshot that was made now would give what the process holds.
void Invariants::check_snapshot(const std::vector<model::Event>& durable) const {
    incidents::Book again;
    notifier::Pending outbox;
    auto place = durable.begin();
    for (const auto sequence : engine_->book().live_events()) {
        place = std::lower_bound(place, durable.end(), sequence, [](const auto& event, auto wanted) { return event.sequence < wanted; });
        if (place == durable.end() || place->sequence != sequence)
            violated("replay_gives_the_same_state", "a snapshot names event " + std::to_string(sequence) + ", which is not there");
        again.apply(*place);
        outbox.apply(*place);
    }
    check_same(engine_->book(), again);
    check_same_outbox(outbox, "a snapshot");
}

/// What waits to be sent, how often it was tried, and which mail the next one about an open incident answers.
void Invariants::check_same_outbox(const notifier::Pending& again, const std::string& source) const {
    const auto differs = [&](const std::string& what) {
        violated("replay_gives_the_same_state", "the outbox beside " + source + ": " + what);
    };
    const auto lines = engine_->outbox().lines(std::numeric_limits<std::size_t>::max());
    std::map<model::EnvelopeId, std::uint32_t> attempts;
    for (const auto& [number, pending] : again.all()) attempts[pending.envelope.id] = pending.attempts;
    for (const auto& line : lines) {
        const auto twin = attempts.find(line.envelope);
        if (twin == attempts.end()) differs(line.envelope + " waits, and would not after a restart");
        if (twin->second != line.attempts) {
            differs(line.envelope + " was tried " + std::to_string(line.attempts) + " times, and " + std::to_string(twin->second) +
                    " times after a restart");
        }
        attempts.erase(twin);
    }
    if (!attempts.empty()) differs(attempts.begin()->first + " does not wait, and would after a restart");
    for (const auto& [id, incident] : engine_->book().incidents) {
        if (incident.open() && again.thread(id) != engine_->outbox().thread(id)) differs("the threads of " + id);
    }
}

/// `present` holds what `whole` says, as far as it matters.
void Invariants::check_same(const incidents::Book& whole, const incidents::Book& present) const {
    const auto differs = [this](const std::string& what) { violated("replay_gives_the_same_state", what); };
    for (const auto& [id, duty] : whole.duties) {
        const auto twin = present.duties.find(id);
        if (twin == present.duties.end()) {
            // what came back when its incident was forgotten already is nobody's any more
            if (!duty.settled && !duty.bounced) differs(id + " is not there");
            continue;
        }
        const auto& left = twin->second;
        const bool same_clock = left.settled || (left.deadline.anchor == duty.deadline.anchor && left.deadline.base == duty.deadline.base &&
                                                 left.deadline.elapsed_at_anchor == duty.deadline.elapsed_at_anchor);
        if (left.state != duty.state || left.settled != duty.settled || left.breached != duty.breached || left.composed != duty.composed ||
            left.risk_percent != duty.risk_percent || !same_clock)
            differs(id + ": " + shown(duty) + " became " + shown(left));
    }
    for (const auto& [id, incident] : whole.incidents) {
        const auto twin = present.incidents.find(id);
        if (twin == present.incidents.end()) {
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
    for (const auto& [id, facts] : whole.watches) {
        const auto twin = present.watches.find(id);
        const bool has_left = once_absent_.contains(id) || !engine_->watching().knows(id);
        if (twin == present.watches.end() && has_left && !facts.run && !facts.unknown) continue;  // forgotten after a while
        if (twin == present.watches.end()) differs(id);
        // what was forgotten while the watch was away is known again when the whole ledger is replayed
        const bool same_proof = twin->second.verified == facts.verified || (facts.verified && once_absent_.contains(id));
        if (!same_proof || twin->second.confirmed != facts.confirmed || twin->second.run.has_value() != facts.run.has_value() ||
            twin->second.unknown.has_value() != facts.unknown.has_value() ||
            (facts.unknown && twin->second.unknown->since != facts.unknown->since))
            differs(id);
    }
    if (whole.incident_numbers != present.incident_numbers || whole.maintenance_numbers != present.maintenance_numbers)
        differs("the numbers of incidents and maintenances");
    const auto remembered = [&](const auto& point) { return present.duties.contains(point.second); };
    if (std::cmp_not_equal(std::ranges::count_if(whole.agenda, remembered), present.agenda.size())) differs("the agenda");
}

} // namespace simulation

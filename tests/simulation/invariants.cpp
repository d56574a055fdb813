#include "tests/simulation/invariants.hpp"

#include "incidents/bound.hpp"

#include <algorithm>
#include <limits>

namespace simulation {

namespace {

constexpr Milliseconds sweep_every{30'000};
constexpr Milliseconds widest_round_gap{3 * 60'000};  // between the rounds of a young envelope: 10, 13, 16, 19 min
constexpr Milliseconds record_takes{2'000};           // between an acceptance and its durable record, while the disk is well
constexpr Milliseconds quiet_after{2 * 3'600'000};    // what people began may end within the hours before
constexpr Milliseconds heartbeat_gap{6'000};          // what no heartbeat has recorded yet, while the disk is well

Milliseconds widest_window(const Topology& topology) {
    Milliseconds widest{0};
    incidents::BoundInput input;
    input.rules = topology.directory.rules;
    for (const auto& [id, contact] : topology.contacts) {
        if (contact.channel == model::ChannelKind::mail) ++input.mail_recipients;
        else ++input.webhook_recipients;
    }
    for (const auto& relay : topology.relays) {
        input.send_rates.push_back(relay.send_rate > 0 ? relay.send_rate : std::numeric_limits<double>::infinity());
    }
    for (const auto& watch : topology.watches) {
        input.watch = watch;
        const auto bound = incidents::bound(input);
        widest = std::max({widest, bound.told, bound.told_one_hanging});
    }
    return widest + widest_round_gap;
}

} // namespace

Invariants::Invariants(World& world, const Topology& topology)
    : world_(world), topology_(topology), rehearsing_(topology.directory.rehearsal), window_(widest_window(topology)) {
    remember_owners();
    count_destinations();
}

void Invariants::configuration_changed() {
    window_ = std::max(window_, widest_window(topology_));
    names_changed_ = true;
    remember_owners();
    count_destinations();
    for (const auto index : topology_.absent) once_absent_.insert(topology_.watches[index].id);
    for (std::size_t index = 0; index < topology_.watches.size(); ++index) {
        if (!topology_.absent.contains(index)) over_.erase("watch " + topology_.watches[index].id);  // it is back
    }
}

void Invariants::life_began(const hinomi::Engine& engine, const std::vector<model::Event>& durable, bool from_snapshot) {
    engine_ = &engine;
    if (from_snapshot) check_replay(durable);
    if (world_.life % 2 == 0) check_snapshot(durable);  // half of them: they cost a fiftieth of the time
    over_.clear();
    const auto lost = world_.now - world_.last_disk_write + heartbeat_gap;
    lost_with_the_boot_ = std::exchange(remaining_looked_at_, false) ? lost : std::max(lost, lost_with_the_boot_);
    const auto before = std::exchange(duties_, {});
    recorded_.clear();
    owed_.clear();
    watches_.clear();
    on_call_pages_.clear();
    windows_.clear();
    set_aside_.clear();
    blind_set_aside_.clear();
    unrecorded_.clear();
    outcome_unknown_.clear();
    rehearsing_ = topology_.directory.rehearsal;
    for (const auto& event : durable) learn(event);
    risks_.clear();
    misses_.clear();
    on_call_has_to_hear_ = false;
    names_changed_ = true;
    for (auto& [id, truth] : duties_) {
        const auto old = before.find(id);
        if (old == before.end()) continue;
        // what an earlier boot made of a wall clock that was wrong is gone with it, where none of it became durable
        const bool forgotten = old->second.seen_in_boot != world_.boot_id && old->second.seen_at > world_.last_disk_write;
        if (!forgotten) {
            truth.least_remaining = old->second.least_remaining;
            truth.seen_in_boot = old->second.seen_in_boot;
            truth.seen_at = old->second.seen_at;
        }
        truth.armed_at = old->second.armed_at;
        if (truth.composed_at > Milliseconds{0}) truth.composed_at = old->second.composed_at;
    }
    for (auto& accepted : world_.accepted) {
        const bool just_before =
            accepted.life + 1 == world_.life && world_.life_ended - accepted.at <= record_takes + stall_slack(world_.life_ended);
        if (just_before && recorded_[accepted.message_id] == 0) accepted.record_lost = true;
    }
    resumed_.clear();
    for (const auto& [id, watch] : watches_) {
        if (watch.suspected && !watch.confirmed) resumed_.insert(id);
    }
    for (auto& target : world_.targets) target.last_start = Milliseconds{-1};
    next_sweep_ = world_.now;
}

void Invariants::event(const model::Event& event) {
    const auto calm_since = std::max({world_.healed_at, world_.life_began, world_.awake_since});
    if (world_.healed && world_.now - calm_since > quiet_after) ++quiet_events_;
    ++events_of_the_hour_;
    take_acceptances();  // what arrived before the product knew
    learn(event);
    owe(event);
    if (const auto* missed = std::get_if<model::DutyMissed>(&event.payload)) check_miss(*missed);
    if (const auto* confirmed = std::get_if<model::Confirmed>(&event.payload)) check_alarm(*confirmed);
    if (const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload)) check_met(recorded->delivery);
    if (const auto* bounced = std::get_if<model::Bounced>(&event.payload)) take_back(*bounced);
}

void Invariants::turn() {
    if (violation_) throw *violation_;
    check_owed();
    check_heard();
    check_renamed();
    take_acceptances();
    check_records();
    if (world_.now >= next_sweep_) sweep();
}

void Invariants::sweep() {
    next_sweep_ = world_.now + sweep_every;
    if (engine_ == nullptr || world_.now - world_.awake_since < sweep_every) return;
    check_remaining();
    check_follow_ups();
    check_hidden();
    check_pages();
    check_unknown();
    check_lasting_trouble();
    check_membership();
    check_resumed();
    check_gaps();
    look_every_hour();
}

void Invariants::violated(const std::string& invariant, const std::string& what) const {
    if (!violation_) violation_ = Violation(invariant, what);
    throw *violation_;
}

void Invariants::finish(const std::vector<model::Event>& durable, const Truth& truth) {
    check_ends();
    check_current();
    check_bounded();
    check_replay(durable);
    check_availability(durable, truth);
}

} // namespace simulation

#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <utility>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds sweep_every{30'000};
constexpr Milliseconds longest_timeout{10'000};
constexpr Milliseconds slot_slack{5'000};
constexpr Milliseconds resume_slack{30'000};    // when all resume at once
constexpr Milliseconds pause_between{2'000};    // of two samples, beyond what the rules say

} // namespace

/// How long a watch may wait for others of the same destination: a time-out for each round of them.
Milliseconds Invariants::slot_wait(const model::Watch& watch) const {
    const auto others = sharing_.at(watch.destination) - 1;
    const auto limit = topology_.per_destination;
    return longest_timeout * ((others + limit - 1) / limit) + slot_slack;
}

void Invariants::count_destinations() {
    sharing_.clear();
    for (const auto& watch : topology_.watches) ++sharing_[watch.destination];
}

/// How long it takes at most from the first bad sample until it is confirmed.
Milliseconds Invariants::confirmation_takes(const model::Watch& watch) {
    const auto samples = std::max(watch.rules->confirm_window, watch.rules->confirm_failures);
    return samples * (watch.rules->retry_after + watch.timeout + cross_check_takes + pause_between);
}

void Invariants::probing(Target& target) {
    resumed_.erase(target.name);
    const auto index = static_cast<std::size_t>(&target - world_.targets.data());
    const auto& watch = topology_.watches[index];
    if (topology_.absent.contains(index)) violated("only_declared_watches_are_probed", watch.id);
    if (target.last_start >= Milliseconds{0}) check_gap(target, watch, target.last_start, world_.reloaded_at <= target.last_start);
    target.last_start = world_.now;
}

void Invariants::check_gap(const Target& target, const model::Watch& watch, Milliseconds since, bool same_interval) const {
    const auto gap = world_.now - since;
    const auto text = [&] { return target.name + " was not probed for " + std::to_string(gap.count()) + " ms"; };
    if (gap > target.interval_limit) violated("probe_gap_within_limit", text());
    if (same_interval && gap > watch.interval + slot_wait(watch)) violated("probing_waits_for_nobody", text());
}

/// A watch that falls silent has no next start that would tell: the gap is looked at while it lasts, from the begin of the life on.
void Invariants::check_gaps() const {
    if (world_.stopping) return;
    for (std::size_t index = 0; index < world_.targets.size(); ++index) {
        const auto& target = world_.targets[index];
        if (topology_.absent.contains(index)) continue;
        const auto begun = std::max({target.last_start, world_.life_began, world_.awake_since, target.declared_at});
        check_gap(target, topology_.watches[index], begun, world_.reloaded_at <= begun);
    }
}

void Invariants::judged(const model::Watch& watch, const model::Observation& observation, const model::Verdict& verdict) {
    const bool blind = world_.network_down && observation.started.boot_id == world_.boot_id &&
                       world_.network_down_since - world_.boot_zero <= observation.started.boot;
    if (blind && !watch.loopback && observation.cross_check == model::CrossCheck::answered)
        violated("unknown_is_never_up", watch.id + " was cross-checked by a reference that nobody can reach");
    if (observation.cross_check == model::CrossCheck::all_silent && verdict.condition != model::Condition::unknown)
        violated("unknown_is_never_up", watch.id + " has another condition");
}

void Invariants::check_alarm(const model::Confirmed& confirmed) const {
    const auto target = std::ranges::find(world_.targets, confirmed.watch, &Target::name);
    if (target == world_.targets.end()) violated("only_declared_watches_are_probed", confirmed.watch);
    const auto first_bad = confirmed.first_bad.boot + world_.boot_zero;
    const bool same_boot = confirmed.first_bad.boot_id == world_.boot_id;
    if (same_boot && target->mode == TargetMode::ok && target->well_since <= first_bad && !world_.network_down &&
        world_.network_well_since <= first_bad) {
        violated("no_alarm_without_trouble", confirmed.watch);
    }
}

void Invariants::check_unknown() const {
    const auto now = world_.instant();
    for (const auto& [id, facts] : engine_->book().watches) {
        if (!facts.unknown || facts.unknown->since.boot_id != now.boot_id || blind_set_aside_.contains(id)) continue;
        const auto limit = facts.watch_class == model::WatchClass::liveness ? 300s : 600s;
        if (now.boot - facts.unknown->since.boot < limit + sweep_every) continue;
        const bool told = std::ranges::any_of(engine_->book().member_of(id), [&](const auto& incident) {
            return engine_->book().incidents.at(incident).kind == model::IncidentKind::blind;
        });
        if (!told) violated("unknown_never_lasts_unseen", id);
    }
}

/// A target that has been bad for its interval and the time of confirmation is confirmed bad.
void Invariants::check_lasting_trouble() const {
    for (std::size_t index = 0; index < world_.targets.size(); ++index) {
        const auto& target = world_.targets[index];
        const auto& watch = topology_.watches[index];
        const bool watched = !topology_.absent.contains(index) && watch.watch_class != model::WatchClass::performance;
        if (target.bad_since < 0ms || target.good_per_mille > 0 || !watched || world_.network_down) continue;
        const auto takes = watch.interval + slot_wait(watch) + confirmation_takes(watch);
        auto since = std::max({target.bad_since, world_.network_well_since, world_.life_began, world_.awake_since, world_.reloaded_at});
        const bool needs_references = !watch.loopback && !watch.line;
        if (needs_references && !world_.silent_references.empty()) continue;
        if (needs_references) since = std::max(since, world_.references_well_since);
        if (world_.now - since <= takes + sweep_every) continue;
        const auto facts = engine_->book().watches.find(watch.id);
        if (facts == engine_->book().watches.end() || !facts->second.confirmed) violated("lasting_trouble_is_confirmed", watch.id);
    }
}

/// What is confirmed bad is a member of an open incident, or a person said that it is none.
void Invariants::check_membership() const {
    const auto& book = engine_->book();
    for (const auto& [id, facts] : book.watches) {
        if (!facts.confirmed || set_aside_.contains(id)) continue;
        const bool member = std::ranges::any_of(
            book.member_of(id), [&](const auto& incident) { return book.incidents.at(incident).kind != model::IncidentKind::blind; });
        if (!member) violated("confirmed_trouble_is_an_open_incident", id);
    }
}

/// Who has passed under the old name has passed.
void Invariants::check_renamed() {
    if (!std::exchange(names_changed_, false)) return;
    for (std::size_t index = 0; index < topology_.watches.size(); ++index) {
        const auto& watch = topology_.watches[index];
        const bool may_be_forgotten = once_absent_.contains(watch.was) || once_absent_.contains(watch.id);
        if (watch.was->empty() || topology_.absent.contains(index) || may_be_forgotten) continue;
        const auto before = watches_.find(watch.was);
        if (before != watches_.end() && before->second.verified && !watches_[watch.id].verified)
            violated("a_new_name_is_the_same_watch", watch.id);
    }
}

void Invariants::check_resumed() {
    auto takes = resume_slack;
    for (const auto& watch : topology_.watches) takes = std::max(takes, slot_wait(watch) + resume_slack);
    if (world_.now - std::max(world_.life_began, world_.awake_since) < takes) return;
    if (!resumed_.empty()) violated("suspicion_is_looked_at_again_at_once", *resumed_.begin());
}

} // namespace simulation

#include "reports/availability_fold.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/truth.hpp"

#include <algorithm>

/// What the ledger says of availability at the end of the run, against what really was. Sampling sees an outage up to an interval
/// late, and what does not last as long as a confirmation is none (semantics 1.1 and 2): within these bounds both must agree.
namespace simulation {

namespace {

using reports::IntervalSet;

constexpr Milliseconds disk_takes{6'000};  // the last heartbeat before a crash

/// Each interval begins `before` earlier and ends `after` later; negative: later and earlier.
IntervalSet widened(const IntervalSet& set, Milliseconds before, Milliseconds after) {
    IntervalSet result;
    for (const auto& interval : set.intervals()) result.add({interval.from - before, interval.to + after});
    return result;
}

IntervalSet united(IntervalSet left, const IntervalSet& right) {
    left.add(right);
    return left;
}

std::string shown(const IntervalSet& set) {
    const auto& first = set.intervals().front();
    const auto in_minutes = [](model::WallTime time) { return std::to_string(time.time_since_epoch().count() / 60'000) + " min"; };
    return " from " + in_minutes(first.from) + " for " + std::to_string((first.to - first.from).count()) + " ms";
}

} // namespace

void Invariants::check_availability(const std::vector<model::Event>& durable, const Truth& truth) const {
    const bool declared_once = topology_.rates.reload_every == Milliseconds{0} && topology_.rates.people_every == Milliseconds{0};
    if (!declared_once || !truth.clock_was_true()) return;
    std::vector<const model::Watch*> watches;
    for (const auto& watch : topology_.watches) watches.push_back(&watch);
    reports::AvailabilityFold fold;
    fold.declare(watches, topology_.directory);
    for (const auto& event : durable) fold.apply(event);
    const IntervalSet run{{model::WallTime{}, model::WallTime{world_.now}}};
    for (const auto& [service, details] : topology_.directory.services) {
        const auto figures = fold.measure(service, run);
        const auto lowest = reports::worst(figures);
        const auto middle = reports::measured(figures);
        const auto highest = reports::best(figures);
        if (lowest > highest || (middle && (middle < lowest || middle > highest)))
            violated("availability_lies_between_its_bounds", service);
        const auto down = fold.down(service).intersected(run);
        check_downtime(service, down, united(down, fold.unknown(service).intersected(run)), truth);
    }
}

/// `down` is nothing but what was bad or could not be seen; whatever was bad for long enough, or could not be seen for longer than
/// two intervals, is not up.
void Invariants::check_downtime(const std::string& service, const IntervalSet& down, const IntervalSet& not_up, const Truth& truth) const {
    IntervalSet excused;
    const auto dark = united(united(truth.offline(), truth.absent()), truth.unrecorded());
    for (std::size_t index = 0; index < topology_.watches.size(); ++index) {
        const auto& watch = topology_.watches[index];
        const bool of_service = std::ranges::find(*watch.services, service) != watch.services->end();
        if (!of_service || watch.watch_class == model::WatchClass::performance || topology_.absent.contains(index)) continue;
        const auto seen_after = watch.interval + slot_wait(watch) + watch.timeout + cross_check_takes;
        const auto takes = seen_after + confirmation_takes(watch);
        excused.add(widened(united(truth.bad(index), dark), watch.timeout, seen_after));
        IntervalSet lasting;
        for (const auto& bad : truth.bad(index).intervals()) {
            if (bad.to - bad.from >= takes + watch.timeout) lasting.add({bad.from + seen_after, bad.to - watch.timeout});
        }
        // what is confirmed anew after it could not be seen, or not be cross-checked, needs the time of a confirmation again
        const auto excuses = united(united(dark, truth.unchecked()), truth.uneven(index));
        const auto forgotten = lasting.without(not_up).without(widened(excuses, takes, takes));
        if (!forgotten.empty()) violated("downtime_is_not_forgotten", watch.id + shown(forgotten));
        const auto unseen = widened(truth.absent(), -disk_takes - 2 * watch.interval, Milliseconds{0}).without(not_up);
        if (!unseen.empty()) violated("unseen_time_is_never_up", watch.id + shown(unseen));
    }
    const auto invented = down.without(excused);
    if (!invented.empty()) violated("downtime_is_true_downtime", service + shown(invented));
}

} // namespace simulation

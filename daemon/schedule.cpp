#include "daemon/schedule.hpp"

#include <algorithm>

namespace hinomi {

Milliseconds phase_of(std::string_view watch_id, Milliseconds interval) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, then a finaliser: similar names must not cluster
    for (const char letter : watch_id) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
    hash ^= hash >> 31;
    const auto phase =
        Milliseconds{static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(std::max<std::int64_t>(1, interval.count())))};
    return phase - phase % phase_grid;
}

Milliseconds Schedule::phase_after(const Plan& plan, Milliseconds moment) const {
    const auto into = (moment - plan.phase) % plan.interval;
    const auto ahead = into < Milliseconds{0} ? -into : plan.interval - into;
    return moment + ahead;
}

std::uint32_t Schedule::destination_of(const model::Watch& watch) {
    const auto [place, added] = destination_index_.try_emplace(*watch.destination, static_cast<std::uint32_t>(destinations_.size()));
    if (added) destinations_.emplace_back();
    return place->second;
}

void Schedule::book(model::WatchIndex watch) {
    auto& plan = plans_[watch];
    heap_.push({plan.due, watch, ++plan.booking});
}

void Schedule::drop_void_entries() {
    while (!heap_.empty() && heap_.top().booking != plans_[heap_.top().watch].booking) heap_.pop();
}

model::WatchIndex Schedule::add(const model::Watch& watch, Milliseconds now, bool at_once) {
    auto index = static_cast<model::WatchIndex>(plans_.size());
    if (free_.empty()) {
        plans_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    const auto destination = destination_of(watch);
    auto& plan = plans_[index];
    plan = Plan{.interval = watch.interval,
                .interval_limit = watch.interval_limit,
                .timeout = watch.timeout,
                .phase = phase_of(watch.id, watch.interval),
                .destination = destination,
                .booking = plan.booking,
                .confirmation = at_once};
    plan.due = at_once ? now : phase_after(plan, now - Milliseconds{1});
    book(index);
    return index;
}

void Schedule::change(model::WatchIndex index, const model::Watch& watch, Milliseconds now) {
    auto& plan = plans_[index];
    const bool other_interval = plan.interval != watch.interval;
    plan.interval = watch.interval;
    plan.interval_limit = watch.interval_limit;
    plan.timeout = watch.timeout;
    plan.phase = phase_of(watch.id, watch.interval);
    plan.destination = destination_of(watch);
    if (!other_interval || plan.running || plan.waiting || plan.confirmation) return;
    plan.due = phase_after(plan, now);
    if (plan.started >= Milliseconds{0}) plan.due = std::min(plan.due, std::max(now, plan.started + plan.interval));
    book(index);
}

void Schedule::retire(model::WatchIndex index) {
    auto& plan = plans_[index];
    plan.retired = true;
    ++plan.booking;
    if (plan.waiting) {
        std::erase(line_of(plan), index);
        std::erase(ready_, index);
        plan.waiting = false;
    }
    if (!plan.running) free_.push_back(index);
}

Milliseconds Schedule::gap(const Plan& plan, Milliseconds now) {
    return plan.started < Milliseconds{0} ? Milliseconds{0} : now - plan.started;
}

Milliseconds Schedule::since(const Plan& plan) { return plan.started < Milliseconds{0} ? plan.due - plan.interval : plan.started; }

void Schedule::wait_for_slot(model::WatchIndex watch, bool in_front) {
    auto& plan = plans_[watch];
    plan.waiting = true;
    plan.waiting_at = plan.destination;
    // a full destination makes it late, but never later than its interval's limit
    heap_.push({since(plan) + plan.interval_limit - lateness_allowance, watch, ++plan.booking});
    if (in_front) line_of(plan).push_front(watch);
    else line_of(plan).push_back(watch);
}

std::deque<model::WatchIndex>& Schedule::line_of(const Plan& plan) {
    auto& destination = destinations_[plan.waiting_at];
    return plan.confirmation ? destination.confirming : destination.waiting;
}

void Schedule::let_in(Destination& destination) {
    const bool regular = !destination.waiting.empty() && has_slot(destination, /*confirmation=*/false);
    const bool confirming = !destination.confirming.empty() && has_slot(destination, /*confirmation=*/true);
    if (!regular && !confirming) return;
    const bool first = regular && (!confirming || plans_[destination.waiting.front()].due <= plans_[destination.confirming.front()].due);
    auto& line = first ? destination.waiting : destination.confirming;
    ready_.push_back(line.front());
    line.pop_front();
}

bool Schedule::has_slot(const Destination& destination, bool confirmation) const {
    const bool all_in_use = destination.under_way > limits_.per_destination;
    // the slot that confirmations have to themselves is in use as soon as there is one
    return confirmation ? !all_in_use : destination.under_way - std::min(destination.confirmations, 1U) < limits_.per_destination;
}

bool Schedule::may_start(const Plan& plan) const { return has_slot(destinations_[plan.destination], plan.confirmation); }

Start Schedule::start(model::WatchIndex watch, Milliseconds now) {
    Plan& plan = plans_[watch];
    Start result;
    result.attempt = {
        .watch = watch, .number = ++attempts_, .due = plan.due, .deadline = now + plan.timeout, .confirmation = plan.confirmation};
    result.late = now - plan.due;
    result.missed = static_cast<std::uint32_t>(result.late / plan.interval);
    result.gap = gap(plan, now);
    plan.started = now;
    plan.running = true;
    plan.waiting = false;
    ++plan.booking;
    plan.running_at = plan.destination;
    ++under_way_;
    ++destinations_[plan.destination].under_way;
    if (plan.confirmation) ++destinations_[plan.destination].confirmations;
    return result;
}

std::optional<Start> Schedule::take(Milliseconds now) {
    if (under_way_ >= limits_.in_flight) return std::nullopt;
    while (!ready_.empty()) {
        const auto watch = ready_.front();
        ready_.pop_front();
        if (may_start(plans_[watch])) return start(watch, now);
        wait_for_slot(watch, /*in_front=*/true);
    }
    for (drop_void_entries(); !heap_.empty() && heap_.top().due <= now; drop_void_entries()) {
        const auto watch = heap_.top().watch;
        heap_.pop();
        if (plans_[watch].waiting) {  // for as long as it may
            std::erase(line_of(plans_[watch]), watch);
            return start(watch, now);
        }
        if (may_start(plans_[watch])) return start(watch, now);
        wait_for_slot(watch, /*in_front=*/false);
    }
    return std::nullopt;
}

void Schedule::finished(model::WatchIndex watch, Milliseconds completed, model::Pace pace, Milliseconds pace_after) {
    Plan& plan = plans_[watch];
    Destination& destination = destinations_[plan.running_at];
    plan.running = false;
    --under_way_;
    --destination.under_way;
    if (plan.confirmation) --destination.confirmations;
    if (plan.retired) {
        free_.push_back(watch);
    } else {
        plan.due = phase_after(plan, plan.started);
        plan.confirmation = pace == model::Pace::soon;
        if (plan.confirmation) plan.due = std::min(plan.due, completed + pace_after);
        book(watch);
    }
    let_in(destination);
}

Milliseconds Schedule::next_due() const {
    if (under_way_ >= limits_.in_flight) return Milliseconds::max();
    if (!ready_.empty()) return Milliseconds{0};
    return heap_.empty() ? Milliseconds::max() : heap_.top().due;
}

Milliseconds Schedule::behind(Milliseconds now) const {
    Milliseconds longest{0};
    if (under_way_ < limits_.in_flight && !heap_.empty()) longest = std::max(longest, now - heap_.top().due);
    for (const auto& plan : plans_) {
        if (plan.running) longest = std::max(longest, now - plan.started - plan.timeout);
    }
    return longest;
}

std::optional<Missed> Schedule::missed(model::WatchIndex watch, Milliseconds now) const {
    const Plan& plan = plans_[watch];
    const auto late = now - (plan.running ? plan.started + plan.interval : plan.due);
    if (plan.retired || late < plan.interval) return std::nullopt;
    return Missed{.count = static_cast<std::uint32_t>(late / plan.interval), .gap = gap(plan, now)};
}

bool Schedule::overdue(model::WatchIndex watch, Milliseconds now) const {
    const Plan& plan = plans_[watch];
    return now - since(plan) > plan.interval_limit;
}

} // namespace hinomi

#include "reports/intervals.hpp"

#include <algorithm>

namespace reports {

IntervalSet::IntervalSet(std::initializer_list<Interval> intervals) {
    for (const auto& interval : intervals) add(interval);
}

void IntervalSet::add(Interval interval) {
    if (interval.empty()) return;
    // The first that ends at or after its beginning, up to the last that begins at or before its end: they become one.
    const auto first = std::ranges::lower_bound(intervals_, interval.from, {}, &Interval::to);
    auto last = first;
    while (last != intervals_.end() && last->from <= interval.to) {
        interval.from = std::min(interval.from, last->from);
        interval.to = std::max(interval.to, last->to);
        ++last;
    }
    if (first == last) {
        intervals_.insert(first, interval);
        return;
    }
    *first = interval;
    intervals_.erase(first + 1, last);
}

void IntervalSet::add(const IntervalSet& other) {
    for (const auto& interval : other.intervals_) add(interval);
}

void IntervalSet::forget_before(model::WallTime time) {
    std::erase_if(intervals_, [time](const Interval& interval) { return interval.to <= time; });
    if (!intervals_.empty()) intervals_.front().from = std::max(intervals_.front().from, time);
}

IntervalSet IntervalSet::intersected(const Interval& with) const {
    IntervalSet result;
    for (auto each = std::ranges::upper_bound(intervals_, with.from, {}, &Interval::to); each != intervals_.end(); ++each) {
        if (each->from >= with.to) break;
        result.intervals_.push_back({std::max(each->from, with.from), std::min(each->to, with.to)});
    }
    return result;
}

IntervalSet IntervalSet::intersected(const IntervalSet& with) const {
    IntervalSet result;
    for (const auto& interval : with.intervals_) {
        // in order and disjoint, and so are their parts
        for (const auto& part : intersected(interval).intervals_) result.intervals_.push_back(part);
    }
    return result;
}

IntervalSet IntervalSet::without(const IntervalSet& other) const {
    IntervalSet result;
    auto hole = other.intervals_.begin();
    for (auto rest : intervals_) {
        while (hole != other.intervals_.end() && hole->to <= rest.from) ++hole;
        auto next = hole;
        for (; next != other.intervals_.end() && next->from < rest.to; ++next) {
            if (rest.from < next->from) result.intervals_.push_back({rest.from, next->from});
            rest.from = next->to;
        }
        if (!rest.empty()) result.intervals_.push_back(rest);
    }
    return result;
}

bool IntervalSet::contains(model::WallTime time) const {
    const auto found = std::ranges::upper_bound(intervals_, time, {}, &Interval::to);
    return found != intervals_.end() && found->from <= time;
}

model::Milliseconds IntervalSet::length() const {
    model::Milliseconds sum{0};
    for (const auto& interval : intervals_) sum += interval.to - interval.from;
    return sum;
}

} // namespace reports

#pragma once

#include "model/time.hpp"

#include <initializer_list>
#include <vector>

namespace reports {

/// [from, to): half-open, UTC to the millisecond. `forever` as `to`: it lasts.
struct Interval {
    static constexpr model::WallTime forever = model::WallTime::max();
    static constexpr model::WallTime always = model::WallTime::min();  ///< as `from`: since before anything is known

    model::WallTime from{};
    model::WallTime to{};

    [[nodiscard]] bool empty() const { return to <= from; }
    friend bool operator==(const Interval&, const Interval&) = default;
};

/// A set of time (semantics 2): disjoint intervals in order, none empty, none touching the next. Exact: no rounding
/// anywhere, so sums of parts equal the whole.
class IntervalSet {
public:
    IntervalSet() = default;
    IntervalSet(std::initializer_list<Interval> intervals);

    /// Takes the interval in; an empty one changes nothing.
    void add(Interval interval);
    void add(const IntervalSet& other);

    /// Forgets everything before `time`.
    void forget_before(model::WallTime time);

    [[nodiscard]] IntervalSet intersected(const Interval& with) const;
    [[nodiscard]] IntervalSet intersected(const IntervalSet& with) const;
    [[nodiscard]] IntervalSet without(const IntervalSet& other) const;
    [[nodiscard]] bool contains(model::WallTime time) const;

    /// Must be bounded.
    [[nodiscard]] model::Milliseconds length() const;

    [[nodiscard]] const std::vector<Interval>& intervals() const { return intervals_; }
    [[nodiscard]] bool empty() const { return intervals_.empty(); }
    friend bool operator==(const IntervalSet&, const IntervalSet&) = default;

private:
    std::vector<Interval> intervals_;
};

} // namespace reports

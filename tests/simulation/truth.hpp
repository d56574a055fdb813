#pragma once

#include "reports/intervals.hpp"
#include "tests/simulation/world.hpp"

#include <cstddef>
#include <vector>

namespace simulation {

/// What really was, for the availability: when each target was bad, and when nobody could see. In true time, written as wall time:
/// the two are the same in runs that leave the wall clock alone.
class Truth {
public:
    explicit Truth(const World& world) : world_(world) {}

    /// The time goes on to `until`, and the world stays as it is meanwhile. `alive`: the process runs, and is awake.
    void go_on(Milliseconds until, bool alive);

    [[nodiscard]] const reports::IntervalSet& bad(std::size_t target) const { return bad_.at(target); }
    [[nodiscard]] const reports::IntervalSet& uneven(std::size_t target) const { return uneven_.at(target); }  ///< bad, but not each time
    [[nodiscard]] const reports::IntervalSet& offline() const { return offline_; }  ///< our own network was down
    [[nodiscard]] const reports::IntervalSet& unrecorded() const { return unrecorded_; }  ///< what happened may never have become durable
    [[nodiscard]] const reports::IntervalSet& unchecked() const { return unchecked_; }  ///< a reference was silent
    [[nodiscard]] const reports::IntervalSet& absent() const { return absent_; }  ///< no process ran, or it was suspended

    /// The wall clock always told the true time.
    [[nodiscard]] bool clock_was_true() const { return clock_was_true_; }

private:
    const World& world_;
    std::vector<reports::IntervalSet> bad_;
    std::vector<reports::IntervalSet> uneven_;
    reports::IntervalSet offline_;
    reports::IntervalSet unrecorded_;
    reports::IntervalSet unchecked_;
    reports::IntervalSet absent_;
    bool clock_was_true_ = true;
};

}  // namespace simulation

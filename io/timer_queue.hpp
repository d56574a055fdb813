#pragma once

#include "io/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

namespace io {

/// The timers of one clock, ordered by (due, order of planning). No thread, no time of its own.
class TimerQueue {
public:
    TimerQueue() = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    ~TimerQueue() { clear(); }

    Clock::TimerId add(model::Milliseconds boot, std::move_only_function<void()> action);
    void remove(Clock::TimerId timer);

    /// Runs the first timer that is due at `now`, if there is one.
    bool run_one(model::Milliseconds now);

    /// When the first one is due; max when there is none.
    [[nodiscard]] model::Milliseconds next() const;

    [[nodiscard]] std::size_t size() const { return timers_.size(); }

    /// Drops everything unrun. An action's destructor may come back to `add` or `remove`.
    void clear();

private:
    using Key = std::pair<model::Milliseconds, Clock::TimerId>;
    std::map<Key, std::move_only_function<void()>> timers_;
    std::unordered_map<Clock::TimerId, model::Milliseconds> due_;  // looked up only, never iterated
    Clock::TimerId last_ = 0;
};

} // namespace io

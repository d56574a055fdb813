#pragma once

#include "io/timer_queue.hpp"

#include <algorithm>

namespace fakes {

/// A clock that moves when told. Timers run inside `advance`, each seeing its own due time.
class ManualClock final : public io::Clock {
public:
    explicit ManualClock(model::Instant start = {model::WallTime{model::Milliseconds{1'795'000'000'000}}, model::Milliseconds{1'000'000},
                                                 0xb007})
        : now_(start) {}

    [[nodiscard]] model::Instant now() override { return now_; }
    TimerId call_at(model::Milliseconds boot, std::move_only_function<void()> action) override {
        return timers_.add(boot, std::move(action));
    }
    void cancel(TimerId timer) override { timers_.remove(timer); }

    /// Boot time of the next timer; max when there is none.
    [[nodiscard]] model::Milliseconds next_due() const { return timers_.next(); }

    /// Moves on by `duration` and runs what falls due.
    void advance(model::Milliseconds duration) {
        const auto end = now_.boot + duration;
        while (timers_.next() <= end) {
            move_to(std::max(now_.boot, timers_.next()));
            timers_.run_one(now_.boot);
        }
        move_to(end);
    }

    void set_wall(model::WallTime wall) { now_.wall = wall; }
    void step_wall(model::Milliseconds step) { now_.wall += step; }
    void reboot(model::BootId boot_id, model::Milliseconds boot = model::Milliseconds{1'000}) {
        timers_.clear();
        now_.boot_id = boot_id;
        now_.boot = boot;
    }
    void clear() { timers_.clear(); }

private:
    void move_to(model::Milliseconds boot) {
        now_.wall += boot - now_.boot;
        now_.boot = boot;
    }

    model::Instant now_;
    io::TimerQueue timers_;
};

} // namespace fakes

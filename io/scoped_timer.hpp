#pragma once

#include "io/clock.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace io {

/// A timer that does not outlive its scope. Its scope may outlive the clock (a coroutine that is unwound when its
/// io_context goes does): it comes back to the clock only while the clock still holds the timer.
class ScopedTimer {
public:
    ScopedTimer(Clock& clock, model::Milliseconds boot, std::move_only_function<void()> action) : clock_(clock) {
        auto held = std::make_shared<bool>();
        held_ = held;
        id_ = clock.call_at(boot, [held = std::move(held), action = std::move(action)]() mutable { action(); });
    }
    ScopedTimer(const ScopedTimer&) = delete;
    ScopedTimer& operator=(const ScopedTimer&) = delete;
    ~ScopedTimer() { cancel(); }

    void cancel() {
        if (!held_.expired()) clock_.cancel(id_);
    }

private:
    Clock& clock_;
    std::weak_ptr<void> held_;
    Clock::TimerId id_ = 0;
};

} // namespace io

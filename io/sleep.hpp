#pragma once

#include "io/clock.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace io {

namespace asio = boost::asio;

/// Suspends until `boot`. Honours the coroutine's cancellation: throws system_error(operation_aborted).
/// While it sleeps the clock owns the coroutine: a clock that drops its timers destroys it.
asio::awaitable<void> sleep_until(Clock& clock, model::Milliseconds boot);

/// A sleep that others can end early. One waiter at a time; a ring while nobody waits ends the next wait at once.
/// Must outlive its waiter's suspension; its destructor wakes nobody. As with `sleep_until`, the clock owns the waiter,
/// so an Alarm may live in the coroutine that waits for it.
class Alarm {
public:
    explicit Alarm(Clock& clock) : clock_(clock) {}
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm();

    /// Returns at `boot` or when rung. Cancellation throws system_error(operation_aborted).
    asio::awaitable<void> wait_until(model::Milliseconds boot);

    /// Returns when rung.
    asio::awaitable<void> wait();

    void ring();

private:
    Clock& clock_;
    std::move_only_function<bool()> wake_;  ///< false: the waiter had been woken or cancelled before
    std::weak_ptr<void> waiter_;            ///< the clock owns it
    Clock::TimerId timer_ = 0;
    bool rung_ = false;
};

} // namespace io

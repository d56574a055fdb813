#pragma once

#include "model/time.hpp"

#include <cstdint>
#include <functional>

namespace io {

/// The only source of time. One instance per thread that waits (state thread, each lane); all tell the same time.
/// Timers run on CLOCK_BOOTTIME, so suspend counts and wall-clock steps do not.
/// Not thread-safe: call it on its own thread only.
class Clock {
public:
    using TimerId = std::uint64_t;  ///< never 0

    virtual ~Clock() = default;

    [[nodiscard]] virtual model::Instant now() = 0;

    /// Runs `action` once on this clock's thread at the first opportunity at or after `boot`; never from inside call_at.
    virtual TimerId call_at(model::Milliseconds boot, std::move_only_function<void()> action) = 0;

    /// Drops the action unrun. A timer that has run or was cancelled is ignored.
    virtual void cancel(TimerId timer) = 0;
};

} // namespace io

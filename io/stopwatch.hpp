#pragma once

#include <chrono>

namespace io {

/// Measures the phases of an exchange, finer than an Instant. Only inside io/.
class Stopwatch {
public:
    using Clock = std::chrono::steady_clock;

    /// Microseconds since the last lap or the construction.
    std::chrono::microseconds lap() {
        const auto now = Clock::now();
        const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - last_);
        last_ = now;
        return passed;
    }

private:
    Clock::time_point last_ = Clock::now();
};

} // namespace io

#pragma once

#include <chrono>

namespace io {

/// For the durations of phases, finer than an Instant. Only inside io/; everything else asks a Clock.
inline std::chrono::microseconds monotonic_now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

/// Measures one phase after the other.
class Stopwatch {
public:
    /// Microseconds since the last lap or the construction.
    std::chrono::microseconds lap() {
        const auto now = monotonic_now();
        const auto passed = now - last_;
        last_ = now;
        return passed;
    }

private:
    std::chrono::microseconds last_ = monotonic_now();
};

} // namespace io

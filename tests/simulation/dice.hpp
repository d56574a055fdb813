#pragma once

#include "model/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace simulation {

/// splitmix64: every choice of a run comes from one seed. `fork` gives an independent stream, so that a new kind of
/// choice in one place does not shift the choices elsewhere.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31);
    }

    Dice fork(std::uint64_t name) { return Dice(next() ^ (name * 0xd6e8feb86659fd93ULL)); }

    /// Uniform in [lowest, highest].
    std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        return lowest + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(highest - lowest + 1));
    }
    model::Milliseconds between(model::Milliseconds lowest, model::Milliseconds highest) {
        return model::Milliseconds{between(lowest.count(), highest.count())};
    }

    bool chance(std::uint32_t per_mille) { return next() % 1000 < per_mille; }

    /// Memoryless waiting time with the given mean, at least 1 ms. Integer arithmetic only: the same on every build.
    model::Milliseconds wait(model::Milliseconds mean) {
        // the sum of four uniform parts is close enough to what a workload needs, and free of floating point
        std::int64_t sum = 0;
        for (int part = 0; part < 4; ++part) sum += between(0, mean.count() / 2);
        return model::Milliseconds{sum + 1};
    }

    template <typename Value> const Value& pick(const std::vector<Value>& values) {
        return values[static_cast<std::size_t>(next() % values.size())];
    }

private:
    std::uint64_t state_;
};

} // namespace simulation

#pragma once

#include "io/random.hpp"

namespace fakes {

/// splitmix64 from a seed: the same ids in every run.
class CountingRandom final : public io::Random {
public:
    explicit CountingRandom(std::uint64_t seed = 1) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() override {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31);
    }
    void fill(std::span<std::uint8_t> bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(next() >> 24);
    }

private:
    std::uint64_t state_;
};

} // namespace fakes

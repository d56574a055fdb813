#pragma once

#include "io/random.hpp"

namespace io {

/// The kernel's random source, getrandom(2).
class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> bytes) override;
    [[nodiscard]] std::uint64_t next() override;
};

} // namespace io

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace io {

/// The only source of randomness: ids, salts, jitter. State thread only.
class Random {
public:
    virtual ~Random() = default;

    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    [[nodiscard]] virtual std::uint64_t next() = 0;
};

} // namespace io

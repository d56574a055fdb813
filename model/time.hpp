#pragma once

#include <chrono>
#include <cstdint>

namespace model {

using Milliseconds = std::chrono::milliseconds;
/// For what very many hold of intervals and limits: up to 49 days. Nothing configured is longer than 31.
using ShortMilliseconds = std::chrono::duration<std::uint32_t, std::milli>;

/// UTC wall-clock time to the millisecond. For display and for records; deadlines are decided by boot time.
using WallTime = std::chrono::sys_time<Milliseconds>;

/// The first 64 bits of the kernel's random boot id: boot times compare only while it is unchanged.
using BootId = std::uint64_t;

/// One moment, as every clock saw it (semantics 1.1: "UTC ms + monotonic, all persisted").
/// `boot` is CLOCK_BOOTTIME: it counts suspend and ignores wall-clock steps.
struct Instant {
    WallTime wall{};
    Milliseconds boot{0};
    BootId boot_id = 0;

    friend bool operator==(const Instant&, const Instant&) = default;
};

} // namespace model

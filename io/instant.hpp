#pragma once

#include "model/time.hpp"

#include <string>

namespace io {

/// Reads CLOCK_REALTIME, CLOCK_BOOTTIME and the boot id. Any thread; what every BootClock tells.
model::Instant read_instant();

/// The first 64 bits of the kernel's boot id. Where it cannot be read (a sandbox that hides /proc/sys), a random number:
/// every start then counts as a new boot and elapsed time is estimated, never taken from the boot clocks of two boots.
model::BootId boot_id_of(std::string text);

} // namespace io

#pragma once

#include "model/time.hpp"

namespace io {

/// Reads CLOCK_REALTIME, CLOCK_BOOTTIME and the boot id. Any thread; what every BootClock tells.
model::Instant read_instant();

} // namespace io

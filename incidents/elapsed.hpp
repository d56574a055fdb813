#pragma once

#include "model/duty.hpp"
#include "model/time.hpp"

namespace incidents {

/// Time that counts against a deadline (semantics 1.2): CLOCK_BOOTTIME difference while the boot id is unchanged.
model::Milliseconds elapsed(const model::Deadline& deadline, const model::Instant& now);

/// Boot time at which `part` of the limit (or any elapsed time) is reached, on the anchor's boot clock.
model::Milliseconds boot_when(const model::Deadline& deadline, model::Milliseconds elapsed_target);

/// Carries a deadline over into a new boot: elapsed = max(wall difference, elapsed at the last heartbeat). Never grows
/// what remains. Unchanged within the same boot.
model::Deadline carry_over(model::Deadline deadline, const model::Instant& last_heartbeat, const model::Instant& started);

/// A forward step of the wall clock after a boot that only estimated: the estimate was too small by as much.
model::Deadline step_forward(model::Deadline deadline, model::Milliseconds step);

} // namespace incidents

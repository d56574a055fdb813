#pragma once

#include "model/duty.hpp"
#include "model/time.hpp"

namespace incidents {

/// Time that counts against a deadline (semantics 1.2): CLOCK_BOOTTIME difference while the boot id is unchanged.
model::Milliseconds elapsed(const model::Deadline& deadline, const model::Instant& now);

/// Boot time at which `part` of the limit (or any elapsed time) is reached, on the anchor's boot clock.
model::Milliseconds boot_when(const model::Deadline& deadline, model::Milliseconds elapsed_target);

/// Carries a deadline over into a new boot: elapsed = max(wall difference, elapsed at the last heartbeat and how long the
/// new boot has lasted). Never grows what remains. Unchanged within the same boot.
model::Deadline carry_over(model::Deadline deadline, const model::Instant& last_heartbeat, const model::Instant& started);

/// A forward step of the wall clock after a boot that only estimated: the estimate was too small by as much, but never
/// more than the wall clock now says (a machine that starts in 1970 is set right by its first step).
model::Deadline step_forward(model::Deadline deadline, model::Milliseconds step, const model::Instant& now);

/// A clock that has been running since `base`, read at `now`. `carried` is one that started at the same base and was
/// taken along over every boot since; without it only the wall clock can tell how long another boot lasted.
model::Deadline running_since(const model::Instant& base, model::Milliseconds limit, const model::Instant& now,
                              const model::Deadline* carried);

/// How long ago `then` was, as far as this can be known: by boot time in the same boot, else by wall time. Never negative.
model::Milliseconds since(const model::Instant& then, const model::Instant& now);

/// `instant` moved later, on both clocks.
model::Instant later_by(model::Instant instant, model::Milliseconds duration);

} // namespace incidents

#pragma once

#include "io/clock.hpp"
#include "model/observation.hpp"

#include <string>

namespace probes {

/// What a reason proves about the target (semantics 1.1): whoever refused, reset, failed in TLS or sent something else has
/// answered, and badly. Time-outs, no route and names that do not resolve are silence, and are cross-checked.
model::Outcome outcome_of(model::Reason reason);

/// What the effects measured of one sample.
struct Sample {
    model::Reason reason = model::Reason::none;
    model::Phases phases;
    model::Instant started;
    model::Instant completed;
    std::uint16_t status = 0;
    std::string detail;
};

/// The observation of one sample. The duration is the sum of the phases (microseconds) unless the clock (milliseconds)
/// shows that time passed outside of them.
model::Observation observation_of(Sample sample);

/// What is left until the attempt is cut off; zero when its lane came too late to look at all.
model::Milliseconds time_left(const model::Attempt& attempt, const model::Instant& now);

/// The observation of an attempt whose deadline had passed before it could begin.
model::Observation too_late(const model::Instant& now);

} // namespace probes

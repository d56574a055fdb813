#include "probes/outcome.hpp"

#include "probes/detail.hpp"

#include <algorithm>

namespace probes {

model::Outcome outcome_of(model::Reason reason) {
    using model::Reason;
    switch (reason) {
    case Reason::none: return model::Outcome::passed;
    case Reason::connect_timeout:
    case Reason::response_timeout:
    case Reason::no_route:
    case Reason::name_not_found:
    case Reason::name_timeout:
    case Reason::probe_crashed:
    case Reason::shutting_down: return model::Outcome::silent;
    case Reason::refused:
    case Reason::reset:
    case Reason::tls_failed:
    case Reason::certificate_invalid:
    case Reason::protocol_error:
    case Reason::too_large:
    case Reason::bad_status:
    case Reason::bad_body:
    case Reason::bad_header:
    case Reason::not_expected:
    case Reason::too_slow: return model::Outcome::failed;
    }
    return model::Outcome::silent;
}

model::Observation observation_of(Sample sample) {
    // Two readings of a millisecond clock are off by less than this together.
    constexpr std::chrono::microseconds rounding{2'000};
    const auto& phases = sample.phases;
    const auto inside = phases.resolve + phases.connect + phases.tls + phases.processing + phases.transfer;
    const std::chrono::microseconds whole = sample.completed.boot - sample.started.boot;
    model::Observation observation;
    observation.outcome = outcome_of(sample.reason);
    observation.reason = sample.reason;
    observation.started = sample.started;
    observation.completed = sample.completed;
    observation.duration = inside + rounding > whole ? inside : whole;
    observation.phases = phases;
    observation.status = sample.status;
    observation.detail = detail_of(sample.detail);
    return observation;
}

model::Milliseconds time_left(const model::Attempt& attempt, const model::Instant& now) {
    return std::max(attempt.deadline - now.boot, model::Milliseconds{0});
}

model::Observation too_late(const model::Instant& now) {
    return observation_of({.reason = model::Reason::probe_crashed,
                           .phases = {},
                           .started = now,
                           .completed = now,
                           .status = 0,
                           .detail = "hinomi itself was too late: the attempt's time was over before it could begin"});
}

} // namespace probes

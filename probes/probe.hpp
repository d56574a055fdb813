#pragma once

#include "io/probe_lanes.hpp"
#include "model/observation.hpp"
#include "model/watch.hpp"

#include <boost/asio/awaitable.hpp>

namespace probes {

namespace asio = boost::asio;

/// The whole contract of a kind: settings + target -> Observation. Immutable after construction and shared by lanes.
class Probe {
public:
    virtual ~Probe() = default;

    /// Looks once; ends by `attempt.deadline` plus 100 ms. Never throws for a sick target. Fills outcome, reason, times,
    /// phases, status and detail; the caller fills watch, class and cross-check.
    virtual asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const = 0;
};

} // namespace probes

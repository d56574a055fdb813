#pragma once

#include "io/probe_lanes.hpp"
#include "model/observation.hpp"
#include "model/watch.hpp"
#include "probes/secret.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace probes {

namespace asio = boost::asio;

/// The whole contract of a kind: settings + target -> Observation. Immutable after construction and shared by lanes.
class Probe {
public:
    virtual ~Probe() = default;

    /// Looks once; ends by `attempt.deadline` plus 100 ms. Never throws for a sick target. Fills outcome, reason, times,
    /// phases, status and detail; the caller fills watch, class and cross-check.
    virtual asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const = 0;

    /// The same probe with the secrets that its settings name; nothing when they name none. A secret that cannot be had is a
    /// problem. Without this call a probe with secrets looks as if it had none: good enough to check a configuration.
    virtual std::shared_ptr<const Probe> with_secrets(const ReadSecret&, config::Problems&) const { return nullptr; }

    /// A probe with these very settings, shared, for the target of `settings`, whose block differs in nothing else that a probe reads;
    /// nothing where the kind or the target does not allow it. For very many watches after one pattern.
    [[nodiscard]] virtual std::shared_ptr<const Probe> for_target_of(const config::WatchSettings&) const { return nullptr; }
};

} // namespace probes

#pragma once

#include "config/settings.hpp"
#include "io/datagram_exchange.hpp"
#include "probes/probe.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// What an icmp watch sends, and what it takes for good.
struct IcmpSettings {
    io::EchoRequest request;   ///< all but the timeout
    double loss_at_most = 99;  ///< percent; unless told otherwise one reply is enough: the target answers
    std::optional<model::Milliseconds> average_at_most;
    std::optional<model::Milliseconds> jitter_at_most;
};

/// Several echo requests: loss, mean round trip and jitter.
class IcmpProbe final : public Probe {
public:
    explicit IcmpProbe(IcmpSettings settings) : settings_(std::move(settings)) {}

    /// The duration of the sample is the mean round trip, not the time that the packets were spaced over.
    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;

private:
    IcmpSettings settings_;
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& icmp_keys();

/// The host of an icmp target.
std::optional<config::TargetFacts> describe_icmp(const config::Node& target, config::Problems& problems);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<IcmpSettings> read_icmp_settings(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes

#pragma once

#include "config/settings.hpp"
#include "io/stream_exchange.hpp"
#include "probes/probe.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace probes {

/// Connects by TCP, with a TLS handshake for tls://; sends `send` and waits for `expect: {contains: TEXT}` when given.
class TcpProbe final : public Probe {
public:
    /// `request`: all but the timeout.
    explicit TcpProbe(io::StreamRequest request) : request_(std::move(request)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;

private:
    [[nodiscard]] std::string explain(const io::StreamResponse& response) const;

    io::StreamRequest request_;
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& tcp_keys();

/// host:port of a tcp or tls target; the port must be named.
std::optional<config::TargetFacts> describe_tcp(const config::Node& target, config::Problems& problems);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<io::StreamRequest> read_tcp_settings(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes

#pragma once

#include "probes/probe.hpp"
#include "probes/stream_settings.hpp"

namespace probes {

/// Connects by TCP, with TLS for tls://; says what it has to say and waits for the answer. Certificates are looked at also
/// when they are not valid; nothing is said to a peer whose certificate is not.
class TcpProbe final : public Probe {
public:
    explicit TcpProbe(StreamSettings settings) : settings_(std::move(settings)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;
    std::shared_ptr<const Probe> with_secrets(const ReadSecret& read, config::Problems& problems) const override;

private:
    [[nodiscard]] std::string explain(const io::StreamResponse& response) const;
    [[nodiscard]] bool is_tls() const { return settings_.request.tls.inspect; }

    StreamSettings settings_;
};

} // namespace probes

#include "probes/tcp_probe.hpp"

#include "probes/detail.hpp"
#include "probes/outcome.hpp"

#include <utility>

#include <fmt/format.h>

namespace probes {

std::string TcpProbe::explain(const io::StreamResponse& response) const {
    if (response.reason == model::Reason::none) return response.peer.empty() ? "connected" : "connected to " + response.peer;
    if (response.reason != model::Reason::not_expected) return response.error;
    if (!settings_.request.steps.empty()) {
        return response.received.empty()
                   ? "the dialogue broke off: " + response.error
                   : fmt::format("the dialogue broke off: {}; the last answer begins: {}", response.error, excerpt_of(response.received));
    }
    if (response.received.empty()) return "nothing was received: " + response.error;
    const auto finding = settings_.expect.broken_by(response.received, "what was received");
    return fmt::format("{}, which begins: {}", finding.value_or(response.error), excerpt_of(response.received));
}

asio::awaitable<model::Observation> TcpProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto request = settings_.request;
    request.timeout = time_left(attempt, started);
    if (request.timeout == model::Milliseconds{0}) co_return too_late(started);
    const auto response = co_await effects.stream.exchange(std::move(request));
    const auto completed = effects.clock.now();
    Sample sample{.reason = response.reason,
                  .phases = response.phases,
                  .started = started,
                  .completed = completed,
                  .status = 0,
                  .detail = explain(response)};
    const bool handshake = is_tls() && !response.tls.version.empty() && !response.tls.chain.empty();
    if (handshake) {
        auto finding = settings_.certificate.broken_by(response.tls, settings_.request.tls.verify, completed.wall);
        if (finding && (response.reason == model::Reason::none || !response.tls.verified)) {
            sample.reason = model::Reason::certificate_invalid;
            sample.detail = std::move(*finding);
        }
        sample.detail += "; " + describe_certificates(response.tls, completed.wall);
    }
    auto observation = observation_of(std::move(sample));
    observation.certificate_not_after = response.tls.not_after;
    co_return observation;
}

std::shared_ptr<const Probe> TcpProbe::with_secrets(const ReadSecret& read, config::Problems& problems) const {
    if (settings_.tls.key.kind == config::SecretReference::Kind::none) return nullptr;
    auto complete = settings_;
    complete.request.tls = with_key(settings_.tls, read, problems);
    return std::make_shared<const TcpProbe>(std::move(complete));
}

} // namespace probes

#include "probes/http_probe.hpp"

#include "probes/outcome.hpp"

#include <utility>

#include <fmt/format.h>

namespace probes {

std::optional<Finding> HttpProbe::judge(const io::HttpResponse& response) const {
    if (!response.answered()) return Finding{response.reason, response.error};
    if (settings_->request.version == io::HttpVersion::http2 && response.version != io::HttpVersion::http2) {
        return Finding{model::Reason::protocol_error, fmt::format("HTTP {} came by HTTP/1.1, expected HTTP/2", response.status)};
    }
    return settings_->expect.broken_by(response);
}

asio::awaitable<model::Observation> HttpProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto request = settings_->request;
    request.url = url_;
    request.timeout = time_left(attempt, started);
    if (request.timeout == model::Milliseconds{0}) co_return too_late(started);
    const auto response = co_await effects.http.request(std::move(request));
    const auto completed = effects.clock.now();
    auto finding = judge(response);
    auto observation = observation_of({.reason = finding ? finding->reason : model::Reason::none,
                                       .phases = response.phases,
                                       .started = started,
                                       .completed = completed,
                                       .status = response.status,
                                       .detail = finding ? std::move(finding->text) : fmt::format("HTTP {}", response.status)});
    observation.certificate_not_after = response.tls.not_after;
    co_return observation;
}

std::shared_ptr<const Probe> HttpProbe::with_secrets(const ReadSecret& read, config::Problems& problems) const {
    if (settings_->secrets == nullptr) return nullptr;
    auto complete = *settings_;
    complete.request = probes::with_secrets(std::move(complete.request), *settings_->secrets, read, problems);
    return std::make_shared<const HttpProbe>(url_, std::make_shared<const HttpSettings>(std::move(complete)));
}

std::shared_ptr<const Probe> HttpProbe::for_target_of(const config::WatchSettings& settings) const {
    if (settings_->secrets != nullptr) return nullptr;  // whether they may go to this target is looked at one by one
    const auto scheme = url_.substr(0, url_.find(':'));
    auto url = http_url(settings.block.get("target"));
    if (!url || !url->starts_with(scheme + ":")) return nullptr;
    return std::make_shared<const HttpProbe>(std::move(*url), settings_);
}

} // namespace probes

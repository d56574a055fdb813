#include "probes/http_probe.hpp"

#include "probes/detail.hpp"
#include "probes/outcome.hpp"

#include <fmt/format.h>

namespace probes {

model::Reason HttpProbe::judge(const io::HttpResponse& response) const {
    if (!response.answered()) return response.reason;
    const auto fits = [&](const StatusRange& range) { return response.status >= range.first && response.status <= range.last; };
    if (std::ranges::none_of(settings_.statuses, fits)) return model::Reason::bad_status;
    if (response.body.find(settings_.body_contains) == std::string::npos) return model::Reason::bad_body;
    return model::Reason::none;
}

std::string HttpProbe::explain(const io::HttpResponse& response, model::Reason reason) const {
    switch (reason) {
    case model::Reason::none: return fmt::format("HTTP {}", response.status);
    case model::Reason::bad_status: {
        const auto body = response.body.empty() ? std::string{} : "; the body begins: " + excerpt_of(response.body);
        return fmt::format("HTTP {}, expected {}{}", response.status, shown(settings_.statuses), body);
    }
    case model::Reason::bad_body:
        return fmt::format("HTTP {}, but {} is not in the body of {} bytes{}", response.status, config::shown(settings_.body_contains),
                           response.body.size(), response.body.empty() ? std::string{} : ", which begins: " + excerpt_of(response.body));
    default: return response.error;
    }
}

asio::awaitable<model::Observation> HttpProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto request = settings_.request;
    request.timeout = time_left(attempt, started);
    if (request.timeout == model::Milliseconds{0}) co_return too_late(started);
    const auto response = co_await effects.http.request(std::move(request));
    const auto reason = judge(response);
    co_return observation_of({.reason = reason,
                              .phases = response.phases,
                              .started = started,
                              .completed = effects.clock.now(),
                              .status = response.status,
                              .detail = explain(response, reason)});
}

} // namespace probes

#pragma once

#include "probes/http_settings.hpp"
#include "probes/probe.hpp"

namespace probes {

/// One HTTP exchange on a fresh connection, judged by status (200 to 299 unless told otherwise) and body.
class HttpProbe final : public Probe {
public:
    explicit HttpProbe(HttpSettings settings) : settings_(std::move(settings)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;

private:
    [[nodiscard]] model::Reason judge(const io::HttpResponse& response) const;
    [[nodiscard]] std::string explain(const io::HttpResponse& response, model::Reason reason) const;

    HttpSettings settings_;
};

} // namespace probes

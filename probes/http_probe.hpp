#pragma once

#include "probes/http_settings.hpp"
#include "probes/probe.hpp"

#include <optional>

namespace probes {

/// One HTTP exchange on a fresh connection, judged by status (200 to 299 unless told otherwise), headers, body and JSON.
class HttpProbe final : public Probe {
public:
    explicit HttpProbe(HttpSettings settings) : settings_(std::move(settings)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;
    std::shared_ptr<const Probe> with_secrets(const ReadSecret& read, config::Problems& problems) const override;

private:
    [[nodiscard]] std::optional<Finding> judge(const io::HttpResponse& response) const;

    HttpSettings settings_;
};

} // namespace probes

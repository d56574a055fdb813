#pragma once

#include "probes/http_settings.hpp"
#include "probes/probe.hpp"

#include <optional>

namespace probes {

/// One HTTP exchange on a fresh connection, judged by status (200 to 299 unless told otherwise), headers, body and JSON.
class HttpProbe final : public Probe {
public:
    explicit HttpProbe(HttpSettings settings)
        : url_(std::move(settings.request.url)), settings_(std::make_shared<const HttpSettings>(std::move(settings))) {}
    /// `settings`: whatever their URL, it is `url` that is asked.
    HttpProbe(std::string url, std::shared_ptr<const HttpSettings> settings) : url_(std::move(url)), settings_(std::move(settings)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;
    std::shared_ptr<const Probe> with_secrets(const ReadSecret& read, config::Problems& problems) const override;
    [[nodiscard]] std::shared_ptr<const Probe> for_target_of(const config::WatchSettings& settings) const override;

private:
    [[nodiscard]] std::optional<Finding> judge(const io::HttpResponse& response) const;

    std::string url_;
    std::shared_ptr<const HttpSettings> settings_;  ///< shared by the watches of one pattern
};

} // namespace probes

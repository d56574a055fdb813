#pragma once

#include "config/settings.hpp"
#include "io/http_client.hpp"
#include "probes/http_expect.hpp"
#include "probes/http_secrets.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// What an http watch sends and what it takes for a good answer.
struct HttpSettings {
    io::HttpRequest request;  ///< all but the timeout and the secrets
    HttpExpect expect;
    std::shared_ptr<const HttpSecrets> secrets;  ///< none for most watches
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& http_keys();

/// host:port of an http or https target.
std::optional<config::TargetFacts> describe_http(const config::Node& target, config::Problems& problems);

/// The URL that is asked for a target; nothing when it is none of http or https.
std::optional<std::string> http_url(const config::Node& target);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<HttpSettings> read_http_settings(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes

#pragma once

#include "config/settings.hpp"
#include "io/http_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// A range of status codes, both ends included.
struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 299;
};

/// What an http watch sends and what it takes for a good answer.
struct HttpSettings {
    io::HttpRequest request;  ///< all but the timeout
    std::vector<StatusRange> statuses{StatusRange{}};  ///< 200 to 299 unless told otherwise: a 3xx is a failure
    std::string body_contains;
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& http_keys();

/// host:port of an http or https target.
std::optional<config::TargetFacts> describe_http(const config::Node& target, config::Problems& problems);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<HttpSettings> read_http_settings(const config::WatchSettings& settings, config::Problems& problems);

/// `200-299, 404`
std::string shown(const std::vector<StatusRange>& statuses);

} // namespace probes

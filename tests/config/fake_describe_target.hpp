#pragma once

#include "config/settings.hpp"
#include "config/url.hpp"

namespace fakes {

/// Stands for the probes' registry: http, https, tcp and tls.
inline std::optional<config::TargetFacts> describe_target(const config::Node& target, config::Problems& problems) {
    const auto url = config::read_plain_url(target, {"http", "https", "tcp", "tls"}, problems);
    if (!url) return std::nullopt;
    const bool web = url->scheme.starts_with("http");
    const auto port = url->port.value_or(url->scheme == "https" ? 443 : 80);
    return config::TargetFacts{web ? "http" : "tcp", config::join_host_port(url->host, port), config::is_loopback(url->host)};
}

} // namespace fakes

#include "probes/registry.hpp"

#include "config/url.hpp"
#include "probes/http_probe.hpp"
#include "probes/tcp_probe.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace probes {

namespace {

std::unique_ptr<Probe> make_http(const config::WatchSettings& settings, config::Problems& problems) {
    auto parsed = read_http_settings(settings, problems);
    return parsed ? std::make_unique<HttpProbe>(std::move(*parsed)) : nullptr;
}

std::unique_ptr<Probe> make_tcp(const config::WatchSettings& settings, config::Problems& problems) {
    auto parsed = read_tcp_settings(settings, problems);
    return parsed ? std::make_unique<TcpProbe>(std::move(*parsed)) : nullptr;
}

} // namespace

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> table{
        {.name = "http", .schemes = {"http", "https"}, .keys = http_keys(), .describe = describe_http, .make = make_http},
        {.name = "tcp", .schemes = {"tcp", "tls"}, .keys = tcp_keys(), .describe = describe_tcp, .make = make_tcp},
    };
    return table;
}

const Kind* find_kind(std::string_view name) {
    const auto found = std::ranges::find(kinds(), name, &Kind::name);
    return found == kinds().end() ? nullptr : &*found;
}

std::optional<config::TargetFacts> describe_target(const config::Node& target, config::Problems& problems) {
    const auto url = config::read_url(target, problems);
    if (!url) return std::nullopt;
    std::vector<std::string_view> known;
    for (const auto& kind : kinds()) {
        if (std::ranges::find(kind.schemes, url->scheme) != kind.schemes.end()) return kind.describe(target, problems);
        known.insert(known.end(), kind.schemes.begin(), kind.schemes.end());
    }
    problems.push_back({target.position(), fmt::format("no probe knows the scheme {}", config::shown(url->scheme)),
                        config::suggest(url->scheme, known, "Write one of: " + config::list_of(known))});
    return std::nullopt;
}

void check_watch(const config::WatchSettings& settings, config::Problems& problems) {
    const auto* kind = find_kind(settings.watch.probe_kind);
    if (kind != nullptr) kind->make(settings, problems);
}

} // namespace probes

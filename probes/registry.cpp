#include "probes/registry.hpp"

#include "config/url.hpp"
#include "probes/dns_probe.hpp"
#include "probes/http_probe.hpp"
#include "probes/icmp_probe.hpp"
#include "probes/tcp_probe.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace probes {

namespace {

template <typename Made, auto Read> std::unique_ptr<Probe> make(const config::WatchSettings& settings, config::Problems& problems) {
    auto parsed = Read(settings, problems);
    return parsed ? std::make_unique<Made>(std::move(*parsed)) : nullptr;
}

} // namespace

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> table{
        {.name = "http",
         .schemes = {"http", "https"},
         .keys = http_keys(),
         .defaults = {{.key = "method", .value = "GET"},
                      {.key = "expect.status", .value = "200-299"},
                      {.key = "redirects", .value = "0"},
                      {.key = "http_version", .value = "1.1"},
                      {.key = "tls.verify", .value = "true", .scheme = "https"},
                      {.key = "limits.body", .value = "1MiB"},
                      {.key = "limits.headers", .value = "64KiB"}},
         .describe = describe_http,
         .make = make<HttpProbe, read_http_settings>},
        {.name = "tcp",
         .schemes = {"tcp"},
         .keys = tcp_keys(),
         .defaults = {},
         .describe = describe_stream,
         .make = make<TcpProbe, read_stream_settings>},
        {.name = "tls",
         .schemes = {"tls"},
         .keys = tls_keys(),
         .defaults = {{.key = "tls.verify", .value = "true"}},
         .describe = describe_stream,
         .make = make<TcpProbe, read_stream_settings>},
        {.name = "icmp",
         .schemes = {"icmp"},
         .keys = icmp_keys(),
         .defaults = {{.key = "packets", .value = "3"},
                      {.key = "spacing", .value = "200ms"},
                      {.key = "size", .value = "56"},
                      {.key = "expect.loss_at_most", .value = "99"}},
         .describe = describe_icmp,
         .make = make<IcmpProbe, read_icmp_settings>},
        {.name = "dns",
         .schemes = {"dns"},
         .keys = dns_keys(),
         .defaults = {{.key = "type", .value = "A"},
                      {.key = "transport", .value = "udp"},
                      {.key = "recursion", .value = "true"},
                      {.key = "expect.code", .value = "NOERROR"},
                      {.key = "expect.at_least", .value = "1"}},
         .describe = describe_dns,
         .make = make<DnsProbe, read_dns_settings>},
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
    const auto* kind = find_kind(*settings.watch.probe_kind);
    if (kind != nullptr) kind->make(settings, problems);
}

} // namespace probes

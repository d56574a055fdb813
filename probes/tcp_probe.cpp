#include "probes/tcp_probe.hpp"

#include "config/url.hpp"
#include "config/watch_keys.hpp"
#include "probes/detail.hpp"
#include "probes/outcome.hpp"
#include "probes/tls_settings.hpp"

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::size_t longest_text = 4'096;

/// The target with its port, or nothing and a problem.
std::optional<config::Url> read_target(const config::Node& target, config::Problems& problems) {
    auto url = config::read_plain_url(target, {"tcp", "tls"}, problems);
    if (!url) return std::nullopt;
    if (!url->port) problems.push_back({target.position(), "the port is missing", fmt::format("Write {}://HOST:PORT", url->scheme)});
    const bool path = !url->rest.empty() && url->rest != "/";
    if (path)
        problems.push_back(
            {target.position(), fmt::format("a {} target has no path", url->scheme), fmt::format("Write {}://HOST:PORT", url->scheme)});
    if (!url->port || path) return std::nullopt;
    return url;
}

void check_length(const config::Node& node, std::string_view text, config::Problems& problems) {
    if (text.size() > longest_text) problems.push_back({node.position(), "the text is longer than 4096 bytes", "Shorten it"});
}

} // namespace

std::string TcpProbe::explain(const io::StreamResponse& response) const {
    if (response.reason == model::Reason::none) return response.peer.empty() ? "connected" : "connected to " + response.peer;
    if (response.reason != model::Reason::not_expected) return response.error;
    if (response.received.empty()) return fmt::format("nothing was received where {} was expected", config::shown(request_.expect));
    return fmt::format("{} is not in what was received, which begins: {}", config::shown(request_.expect), excerpt_of(response.received));
}

asio::awaitable<model::Observation> TcpProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto request = request_;
    request.timeout = time_left(attempt, started);
    if (request.timeout == model::Milliseconds{0}) co_return too_late(started);
    const auto response = co_await effects.stream.exchange(std::move(request));
    co_return observation_of({.reason = response.reason,
                              .phases = response.phases,
                              .started = started,
                              .completed = effects.clock.now(),
                              .status = 0,
                              .detail = explain(response)});
}

const std::vector<std::string_view>& tcp_keys() {
    static const std::vector<std::string_view> keys{"send", "expect", "tls"};
    return keys;
}

std::optional<config::TargetFacts> describe_tcp(const config::Node& target, config::Problems& problems) {
    const auto url = read_target(target, problems);
    if (!url) return std::nullopt;
    return config::TargetFacts{
        .probe_kind = "tcp", .destination = config::join_host_port(url->host, *url->port), .loopback = config::is_loopback(url->host)};
}

std::optional<io::StreamRequest> read_tcp_settings(const config::WatchSettings& settings, config::Problems& problems) {
    config::Problems found;
    io::StreamRequest request;
    const auto& block = settings.block;
    auto known = config::common_watch_keys();
    known.insert(known.end(), tcp_keys().begin(), tcp_keys().end());
    config::refuse_unknown_keys(block, known, found);
    if (const auto url = read_target(block.get("target"), found)) {
        request.host = url->host;
        request.port = *url->port;
        request.use_tls = url->scheme == "tls";
        if (!request.use_tls && block.get("tls").present()) {
            found.push_back({block.key_position("tls"), "tls is of no use for a tcp target", "Write tls:// in the target, or remove tls"});
        }
    }
    request.tls = read_tls(block, found);
    request.send = config::read_text(block.get("send"), found).value_or("");
    check_length(block.get("send"), request.send, found);
    const auto expect = block.get("expect");
    if (config::is_map(expect, found)) {
        config::refuse_unknown_keys(expect, {"contains"}, found);
        const auto contains = config::require(expect, "contains", "Write expect: {contains: TEXT}", found);
        request.expect = config::read_text(contains, found).value_or("");
        check_length(contains, request.expect, found);
    }
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return request;
}

} // namespace probes

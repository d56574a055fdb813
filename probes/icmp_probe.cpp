#include "probes/icmp_probe.hpp"

#include "config/url.hpp"
#include "probes/common_keys.hpp"
#include "probes/outcome.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace probes {

namespace {

using std::chrono::microseconds;

constexpr std::int64_t most_packets = 20;
constexpr std::size_t largest_payload = 1'472;
constexpr std::size_t smallest_payload = 16;

/// What the round trips of one sample come to.
struct Summary {
    std::uint16_t sent = 0;
    std::uint16_t lost = 0;
    microseconds average{0};
    microseconds jitter{0};

    [[nodiscard]] double loss() const { return sent == 0 ? 0.0 : 100.0 * lost / sent; }
};

Summary summary_of(const std::vector<std::optional<microseconds>>& round_trips) {
    Summary summary;
    microseconds total{0};
    microseconds differences{0};
    std::optional<microseconds> previous;
    int pairs = 0;
    for (const auto& round_trip : round_trips) {
        ++summary.sent;
        if (!round_trip) {
            ++summary.lost;
            continue;
        }
        total += *round_trip;
        if (previous) {
            differences += std::chrono::abs(*round_trip - *previous);
            ++pairs;
        }
        previous = round_trip;
    }
    const int received = summary.sent - summary.lost;
    if (received > 0) summary.average = total / received;
    if (pairs > 0) summary.jitter = differences / pairs;
    return summary;
}

std::string shown_time(microseconds time) { return fmt::format("{:.3f} ms", static_cast<double>(time.count()) / 1'000.0); }

std::string shown_summary(const Summary& summary) {
    return fmt::format("{} of {} packets lost, round trip {}, jitter {}", summary.lost, summary.sent, shown_time(summary.average),
                       shown_time(summary.jitter));
}

std::optional<std::string> broken_by(const Summary& summary, const IcmpSettings& settings) {
    if (summary.loss() > settings.loss_at_most)
        return fmt::format("{}; expected a loss of at most {} %", shown_summary(summary), settings.loss_at_most);
    if (settings.average_at_most && summary.average > *settings.average_at_most)
        return fmt::format("{}; expected a round trip of at most {}", shown_summary(summary), config::shown(*settings.average_at_most));
    if (settings.jitter_at_most && summary.jitter > *settings.jitter_at_most)
        return fmt::format("{}; expected a jitter of at most {}", shown_summary(summary), config::shown(*settings.jitter_at_most));
    return std::nullopt;
}

std::optional<config::Url> read_target(const config::Node& target, config::Problems& problems) {
    auto url = config::read_plain_url(target, {"icmp"}, problems);
    if (!url) return std::nullopt;
    if (!url->port && (url->rest.empty() || url->rest == "/")) return url;
    problems.push_back({target.position(), "an icmp target is a host alone", "Write icmp://HOST"});
    return std::nullopt;
}

void read_expect(const config::Node& expect, IcmpSettings& result, config::Problems& problems) {
    constexpr model::Milliseconds shortest{1};
    constexpr model::Milliseconds longest{60'000};
    if (!config::is_map(expect, problems)) return;
    config::refuse_unknown_keys(expect, {"loss_at_most", "round_trip_at_most", "jitter_at_most"}, problems);
    result.loss_at_most = config::read_number(expect.get("loss_at_most"), 0, 99, problems).value_or(result.loss_at_most);
    result.average_at_most = config::read_duration(expect.get("round_trip_at_most"), shortest, longest, problems);
    result.jitter_at_most = config::read_duration(expect.get("jitter_at_most"), shortest, longest, problems);
    if (result.jitter_at_most && result.request.count < 2) {
        problems.push_back({expect.get("jitter_at_most").position(), "one packet has no jitter", "Send at least packets: 2"});
    }
}

} // namespace

asio::awaitable<model::Observation> IcmpProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto request = settings_.request;
    request.timeout = time_left(attempt, started);
    if (request.timeout == model::Milliseconds{0}) co_return too_late(started);
    const auto response = co_await effects.datagram.echo(std::move(request));
    const auto summary = summary_of(response.round_trips);
    Sample sample{.reason = response.reason,
                  .phases = {.resolve = response.resolve, .processing = summary.average},
                  .started = started,
                  .completed = effects.clock.now(),
                  .status = 0,
                  .detail = response.error};
    if (response.reason == model::Reason::none) {
        const auto finding = broken_by(summary, settings_);
        sample.reason = finding ? model::Reason::not_expected : model::Reason::none;
        sample.detail = finding.value_or(shown_summary(summary));
    }
    auto observation = observation_of(std::move(sample));
    if (response.reason == model::Reason::none) observation.duration = response.resolve + summary.average;
    observation.packets = {.sent = summary.sent, .lost = summary.lost, .jitter = summary.jitter};
    co_return observation;
}

const std::vector<std::string_view>& icmp_keys() {
    static const std::vector<std::string_view> keys{"packets", "spacing", "size", "expect", "ip_version"};
    return keys;
}

std::optional<config::TargetFacts> describe_icmp(const config::Node& target, config::Problems& problems) {
    const auto url = read_target(target, problems);
    if (!url) return std::nullopt;
    return config::TargetFacts{.probe_kind = "icmp", .destination = url->host, .loopback = config::is_loopback(url->host)};
}

std::optional<IcmpSettings> read_icmp_settings(const config::WatchSettings& settings, config::Problems& problems) {
    constexpr std::int64_t usual_packets = 3;
    constexpr model::Milliseconds closest{10};
    constexpr model::Milliseconds widest{10'000};
    config::Problems found;
    IcmpSettings result;
    auto& request = result.request;
    const auto& block = settings.block;
    refuse_other_keys(block, icmp_keys(), found);
    if (const auto url = read_target(block.get("target"), found)) request.host = url->host;
    const auto packets = config::read_integer(block.get("packets"), 1, most_packets, found).value_or(usual_packets);
    request.count = static_cast<std::uint16_t>(packets);
    request.spacing = config::read_duration(block.get("spacing"), closest, widest, found).value_or(request.spacing);
    const auto size = config::read_integer(block.get("size"), smallest_payload, largest_payload, found);
    request.payload = static_cast<std::uint16_t>(size.value_or(request.payload));
    request.family = read_family(block, found);
    read_expect(block.get("expect"), result, found);
    if (request.spacing * (packets - 1) >= settings.watch.timeout) {
        found.push_back({block.position(),
                         fmt::format("{} packets {} apart do not fit into the timeout {}", packets, config::shown(request.spacing),
                                     config::shown(settings.watch.timeout)),
                         "Send fewer or closer packets, or lengthen the timeout"});
    }
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return result;
}

} // namespace probes

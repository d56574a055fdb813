#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Outcome;
using model::Reason;
using std::chrono::microseconds;
using RoundTrips = std::vector<std::optional<microseconds>>;

struct Row {
    std::string expect;
    RoundTrips round_trips;
    Reason reason;
    std::string detail;
};

TEST(IcmpProbe, JudgesLossRoundTripAndJitter) {
    const RoundTrips even{microseconds{1'000}, microseconds{1'200}, microseconds{1'100}, microseconds{1'100}};
    const RoundTrips lossy{microseconds{1'000}, std::nullopt, microseconds{3'000}, std::nullopt};
    const std::string even_text = "0 of 4 packets lost, round trip 1.100 ms, jitter 0.100 ms";
    const std::string lossy_text = "2 of 4 packets lost, round trip 2.000 ms, jitter 2.000 ms";
    const std::vector<Row> rows{
        {"{}", even, Reason::none, even_text},
        {"{}", lossy, Reason::none, lossy_text},
        {"{loss_at_most: 50}", lossy, Reason::none, lossy_text},
        {"{loss_at_most: 49.9}", lossy, Reason::not_expected, lossy_text + "; expected a loss of at most 49.9 %"},
        {"{round_trip_at_most: 2ms}", lossy, Reason::none, lossy_text},
        {"{round_trip_at_most: 1ms}", even, Reason::not_expected, even_text + "; expected a round trip of at most 1ms"},
        {"{jitter_at_most: 1ms}", even, Reason::none, even_text},
        {"{jitter_at_most: 1ms}", lossy, Reason::not_expected, lossy_text + "; expected a jitter of at most 1ms"},
    };
    for (const auto& row : rows) {
        const WatchBlock watch("{target: 'icmp://a.example', packets: 4, expect: " + row.expect + "}");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.takes = model::Milliseconds{600};
        effects.datagram.echo_answer.round_trips = row.round_trips;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.reason, row.reason) << row.expect;
        EXPECT_EQ(observation.detail, row.detail) << row.expect;
        EXPECT_EQ(observation.packets.sent, 4);
        EXPECT_LT(observation.duration, microseconds{3'000}) << "the spacing is no response time";
        EXPECT_EQ(observation.completed.boot - observation.started.boot, model::Milliseconds{600});
    }
}

TEST(IcmpProbe, SilenceIsSilent) {
    const WatchBlock watch("{target: 'icmp://a.example'}");
    for (const auto reason : {Reason::response_timeout, Reason::no_route, Reason::name_not_found, Reason::probe_crashed}) {
        fakes::ProbeEffectsScript effects;
        effects.datagram.echo_answer.reason = reason;
        effects.datagram.echo_answer.error = "what the engine said";
        effects.datagram.echo_answer.round_trips.resize(3);
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.outcome, Outcome::silent);
        EXPECT_EQ(observation.reason, reason);
        EXPECT_EQ(observation.detail, "what the engine said");
        EXPECT_EQ(observation.packets.lost, 3);
    }
}

TEST(IcmpProbe, SendsWhatTheBlockSays) {
    const WatchBlock watch("{target: 'icmp://[::1]', packets: 5, spacing: 50ms, size: 100, ip_version: 6}");
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe, model::Milliseconds{777});
    const auto& request = effects.datagram.echo_requests.at(0);
    EXPECT_EQ(request.host, "::1");
    EXPECT_EQ(request.count, 5);
    EXPECT_EQ(request.payload, 100);
    EXPECT_EQ(request.spacing, model::Milliseconds{50});
    EXPECT_EQ(request.family, io::AddressFamily::ipv6);
    EXPECT_EQ(request.timeout, model::Milliseconds{777});
    EXPECT_EQ(effects.observe(*watch.probe, model::Milliseconds{0}).reason, Reason::probe_crashed);
    EXPECT_EQ(effects.datagram.echo_requests.size(), 1U);
}

TEST(IcmpSettings, WhatDoesNotFitIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{target: 'icmp://a:7'}", "a.yaml:1:10: error: an icmp target is a host alone. Write icmp://HOST\n"},
        {"{target: 'icmp://a', packets: 21}", "a.yaml:1:31: error: 21 is out of range. Write a whole number from 1 to 20\n"},
        {"{target: 'icmp://a', packets: 6, spacing: 1s}",
         "a.yaml:1:1: error: 6 packets 1s apart do not fit into the timeout 5s. Send fewer or closer packets, or lengthen the timeout\n"},
        {"{target: 'icmp://a', packets: 1, expect: {jitter_at_most: 1ms}}",
         "a.yaml:1:59: error: one packet has no jitter. Send at least packets: 2\n"},
        {"{target: 'icmp://a', expect: {loss_at_most: 100}}",
         "a.yaml:1:45: error: \"100\" is not a number from 0 to 99. Write a number such as 99\n"},
    };
    for (const auto& [block, expected] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), expected) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
}

} // namespace

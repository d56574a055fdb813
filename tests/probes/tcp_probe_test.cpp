#include "probes/tcp_probe.hpp"

#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Outcome;
using model::Reason;
using testing::HasSubstr;

io::StreamResponse result(Reason reason, std::string received = {}) {
    io::StreamResponse response;
    response.reason = reason;
    response.received = std::move(received);
    response.peer = "192.0.2.1:25";
    if (reason != Reason::none) response.error = "what the engine said";
    return response;
}

struct Case {
    std::string name;
    io::StreamResponse response;
    Outcome outcome;
    std::string detail;
};

TEST(TcpProbe, TurnsEveryResultOfTheSeamIntoItsOutcome) {
    const std::string said = "what the engine said";
    const std::vector<Case> cases{
        {"connected", result(Reason::none), Outcome::passed, "connected to 192.0.2.1:25"},
        {"refused", result(Reason::refused), Outcome::failed, said},
        {"reset", result(Reason::reset), Outcome::failed, said},
        {"tls failed", result(Reason::tls_failed), Outcome::failed, said},
        {"certificate", result(Reason::certificate_invalid), Outcome::failed, said},
        {"other answer", result(Reason::not_expected, "421 busy\r\n"), Outcome::failed,
         "\"220 \" is not in what was received, which begins: 421 busy  "},
        {"no answer", result(Reason::not_expected), Outcome::failed, "nothing was received where \"220 \" was expected"},
        {"too large", result(Reason::too_large), Outcome::failed, said},
        {"connect timeout", result(Reason::connect_timeout), Outcome::silent, said},
        {"response timeout", result(Reason::response_timeout), Outcome::silent, said},
        {"no route", result(Reason::no_route), Outcome::silent, said},
        {"name not found", result(Reason::name_not_found), Outcome::silent, said},
        {"name timeout", result(Reason::name_timeout), Outcome::silent, said},
    };
    const WatchBlock watch("{target: 'tcp://mail.example:25', expect: {contains: '220 '}}");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    for (const auto& row : cases) {
        fakes::ProbeEffectsScript effects;
        effects.stream.answer = row.response;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.outcome, row.outcome) << row.name;
        EXPECT_EQ(observation.reason, row.response.reason) << row.name;
        EXPECT_EQ(observation.detail, row.detail) << row.name;
    }
}

TEST(TcpProbe, SendsWhatTheBlockSays) {
    const WatchBlock watch("{target: 'tls://[::1]:6379', send: \"PING\\r\\n\", expect: {contains: PONG}, tls: {server_name: cache}}");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe, model::Milliseconds{777});
    const auto& request = effects.stream.requests.at(0);
    EXPECT_EQ(request.host, "::1");
    EXPECT_EQ(request.port, 6379);
    EXPECT_TRUE(request.use_tls);
    EXPECT_EQ(request.tls.server_name, "cache");
    EXPECT_EQ(request.send, "PING\r\n");
    EXPECT_EQ(request.expect, "PONG");
    EXPECT_EQ(request.timeout, model::Milliseconds{777});
}

TEST(TcpProbe, AnAttemptThatBeginsAfterItsDeadlineDoesNotBlameTheTarget) {
    const WatchBlock watch("{target: 'tcp://a:1'}");
    fakes::ProbeEffectsScript effects;
    const auto observation = effects.observe(*watch.probe, model::Milliseconds{0});
    EXPECT_TRUE(effects.stream.requests.empty());
    EXPECT_EQ(observation.reason, Reason::probe_crashed);
}

TEST(TcpSettings, WhatDoesNotFitIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{target: 'tcp://a'}", "a.yaml:1:10: error: the port is missing. Write tcp://HOST:PORT\n"},
        {"{target: 'tls://a:1/path'}", "a.yaml:1:10: error: a tls target has no path. Write tls://HOST:PORT\n"},
        {"{target: 'tcp://a:1', method: GET}",
         "a.yaml:1:23: error: unknown key \"method\". Known here: name, target, every, timeout, confirm, "
         "recover, slower_than, window, was, none, send, expect, tls\n"},
        {"{target: 'tcp://a:1', expect: {contain: x}}",
         "a.yaml:1:32: error: unknown key \"contain\". Did you mean \"contains\"?\n"
         "a.yaml:1:31: error: the key \"contains\" is missing. Write expect: {contains: TEXT}\n"},
        {"{target: 'tcp://a:1', tls: {verify: true}}",
         "a.yaml:1:23: error: tls is of no use for a tcp target. Write tls:// in the target, or remove tls\n"},
    };
    for (const auto& [block, expected] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), expected) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
    const WatchBlock long_text("{target: 'tcp://a:1', send: " + std::string(4'097, 'x') + "}");
    EXPECT_THAT(long_text.described(), HasSubstr("longer than 4096 bytes"));
}

} // namespace

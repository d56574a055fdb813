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
using testing::StartsWith;

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
        {"no answer", result(Reason::not_expected), Outcome::failed, "nothing was received: what the engine said"},
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
    ASSERT_TRUE(request.complete);
    EXPECT_FALSE(request.complete("+PON"));
    EXPECT_TRUE(request.complete("+PONG\r\n"));
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
        {"{target: 'tcp://a:1', expect: {contain: x}}",
         "a.yaml:1:32: error: unknown key \"contain\". Did you mean \"contains\"?\n"
         "a.yaml:1:31: error: the key \"contains\" is missing. Write expect: {contains: TEXT}, or {matches: EXPRESSION}\n"},
        {"{target: 'tcp://a:1', tls: {verify: true}}",
         "a.yaml:1:23: error: tls is of no use for a tcp target. Write tls:// in the target, or remove tls\n"},
    };
    for (const auto& [block, expected] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), expected) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
    EXPECT_THAT(WatchBlock("{target: 'tcp://a:1', method: GET}").described(),
                StartsWith("a.yaml:1:23: error: unknown key \"method\". Known here: name, target, every,"));
    const WatchBlock long_text("{target: 'tcp://a:1', send: " + std::string(4'097, 'x') + "}");
    EXPECT_THAT(long_text.described(), HasSubstr("longer than 4096 bytes"));
}

/// A chain as io tells it, seen at 1970-01-01T00:16:40Z, the clock of the script.
io::TlsFacts facts(std::int64_t own_days, std::int64_t issuer_days, bool verified) {
    constexpr std::int64_t now = 1'000;
    constexpr std::int64_t day = 86'400;
    io::TlsFacts result;
    result.version = "TLSv1.3";
    result.verified = verified;
    result.finding = verified ? "" : "certificate has expired";
    result.name_matches = true;
    result.chain = {
        {.subject = "CN=portal",
         .issuer = "CN=Some CA,O=Trust",
         .names = {"portal.example", "192.0.2.7"},
         .not_before = 0,
         .not_after = now + own_days * day},
        {.subject = "CN=Some CA,O=Trust", .issuer = "CN=Root", .names = {}, .not_before = 0, .not_after = now + issuer_days * day}};
    result.not_after = now + std::min(own_days, issuer_days) * day;
    return result;
}

TEST(TlsProbe, MeasuresCertificatesAndJudgesThem) {
    struct Row {
        std::string keys;
        io::TlsFacts tls;
        Outcome outcome;
        std::string detail;
    };
    const std::string seen = "; TLSv1.3, CN=portal by CN=Some CA,O=Trust until 1970-01-31 (30 days)";
    const std::vector<Row> rows{
        {"", facts(30, 90, true), Outcome::passed, "connected to 192.0.2.1:25" + seen},
        {", certificate: {days_left: 30, names: [portal.example], issuer_contains: O=Trust}", facts(30, 90, true), Outcome::passed,
         "connected to 192.0.2.1:25" + seen},
        {", certificate: {days_left: 31}", facts(30, 90, true), Outcome::failed,
         "the certificate of CN=portal ends in 30 days, on 1970-01-31; expected at least 31 days" + seen},
        {", certificate: {days_left: 31}", facts(90, 30, true), Outcome::failed,
         "the certificate of CN=Some CA,O=Trust ends in 30 days, on 1970-01-31; expected at least 31 days; TLSv1.3, CN=portal by CN=Some "
         "CA,O=Trust, CN=Some CA,O=Trust in the chain until 1970-01-31 (30 days)"},
        {"", facts(-2, 90, false), Outcome::failed,
         "the certificate is not valid: certificate has expired; TLSv1.3, CN=portal by CN=Some CA,O=Trust until 1969-12-30 (-2 days)"},
        {", tls: {verify: false}", facts(30, 90, false), Outcome::passed, "connected to 192.0.2.1:25" + seen},
        {", certificate: {names: [www.example]}", facts(30, 90, true), Outcome::failed,
         "www.example is not among the names of the certificate" + seen},
        {", certificate: {issuer_matches: '^CN=R[0-9]+'}", facts(30, 90, true), Outcome::failed,
         "nothing in the issuer matches \"^CN=R[0-9]+\": \"CN=Some CA,O=Trust\"" + seen},
    };
    for (const auto& row : rows) {
        const WatchBlock watch("{target: 'tls://portal.example:443'" + row.keys + "}");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.stream.answer = result(Reason::none);
        effects.stream.answer.tls = row.tls;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.outcome, row.outcome) << row.keys;
        EXPECT_EQ(observation.detail, row.detail) << row.keys;
        EXPECT_EQ(observation.certificate_not_after, row.tls.not_after);
        EXPECT_EQ(observation.reason, row.outcome == Outcome::passed ? Reason::none : Reason::certificate_invalid);
        EXPECT_TRUE(effects.stream.requests.at(0).tls.inspect);
    }
}

TEST(TlsProbe, ComesToTlsByStarttls) {
    struct Row {
        std::string protocol;
        std::vector<std::pair<std::string, std::string>> turns;  ///< what completes a step, and what is sent then
    };
    const std::vector<Row> rows{
        {"smtp", {{"220-hello\r\n220 mail\r\n", "EHLO hinomi\r\n"}, {"250-SIZE\r\n250 STARTTLS\r\n", "STARTTLS\r\n"}, {"220 go\r\n", ""}}},
        {"imap", {{"* OK ready\r\n", "a STARTTLS\r\n"}, {"a OK begin\r\n", ""}}},
        {"pop3", {{"+OK ready\r\n", "STLS\r\n"}, {"+OK begin\r\n", ""}}},
        {"ftp", {{"220 ready\r\n", "AUTH TLS\r\n"}, {"234 begin\r\n", ""}}},
        {"postgresql", {{"", std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8)}, {"S", ""}}},
    };
    for (const auto& row : rows) {
        const WatchBlock watch("{target: 'tls://a.example:25', starttls: " + row.protocol + "}");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.observe(*watch.probe);
        const auto& request = effects.stream.requests.at(0);
        EXPECT_FALSE(request.use_tls);
        ASSERT_EQ(request.steps.size(), row.turns.size()) << row.protocol;
        for (std::size_t index = 0; index < row.turns.size(); ++index) {
            const auto& [received, sent] = row.turns[index];
            const auto& step = request.steps[index];
            EXPECT_EQ(static_cast<bool>(step.complete), !received.empty()) << row.protocol << index;
            if (step.complete) {
                EXPECT_TRUE(step.complete(received)) << row.protocol << index;
                EXPECT_FALSE(step.complete("500 no\r\n")) << row.protocol << index;
            }
            EXPECT_EQ(step.send, sent) << row.protocol << index;
            EXPECT_EQ(step.start_tls, index + 1 == row.turns.size()) << row.protocol << index;
        }
    }
}

TEST(TcpProbe, HoldsADialogueBeforeItSends) {
    const WatchBlock watch(
        "target: 'tcp://a.example:25'\ndialogue:\n  - {expect: {matches: '^220 '}, send: \"EHLO hinomi\\r\\n\"}\n"
        "  - {expect: {contains: '250 '}, send: \"QUIT\\r\\n\"}\nexpect: {contains: ['221', bye]}\n");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.stream.answer = result(Reason::not_expected, "554 no");
    EXPECT_EQ(effects.observe(*watch.probe).detail, "the dialogue broke off: what the engine said; the last answer begins: 554 no");
    const auto& request = effects.stream.requests.at(0);
    ASSERT_EQ(request.steps.size(), 2U);
    EXPECT_TRUE(request.steps[0].complete("220 mail\r\n"));
    EXPECT_EQ(request.steps[1].send, "QUIT\r\n");
    EXPECT_FALSE(request.complete("221 good"));
    EXPECT_TRUE(request.complete("221 goodbye"));
}

} // namespace

#include "probes/http_probe.hpp"

#include "probes/registry.hpp"
#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Outcome;
using model::Reason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

io::HttpResponse answer(std::uint16_t status, std::string body = {}) {
    io::HttpResponse response;
    response.request_sent = true;
    response.status = status;
    response.body = std::move(body);
    return response;
}

io::HttpResponse failure(Reason reason) {
    io::HttpResponse response;
    response.reason = reason;
    response.error = "what the engine said";
    return response;
}

struct Case {
    std::string name;
    std::string block;
    io::HttpResponse response;
    Outcome outcome;
    Reason reason;
    std::string detail;
};

TEST(HttpProbe, TurnsEveryResultOfTheSeamIntoItsOutcome) {
    const std::string plain = "{target: 'http://a.example/'}";
    const std::string body = "{target: 'http://a.example/', expect: {body_contains: ok}}";
    const std::string set = "{target: 'http://a.example/', expect: {status: [200, 404, 500-503]}}";
    const std::string said = "what the engine said";
    const std::vector<Case> cases{
        {"200", plain, answer(200), Outcome::passed, Reason::none, "HTTP 200"},
        {"299", plain, answer(299), Outcome::passed, Reason::none, "HTTP 299"},
        {"302 is no success by default", plain, answer(302), Outcome::failed, Reason::bad_status, "HTTP 302, expected 200-299"},
        {"503", plain, answer(503), Outcome::failed, Reason::bad_status, "HTTP 503, expected 200-299"},
        {"404 of a set", set, answer(404), Outcome::passed, Reason::none, "HTTP 404"},
        {"502 of a range", set, answer(502), Outcome::passed, Reason::none, "HTTP 502"},
        {"201 outside a set", set, answer(201), Outcome::failed, Reason::bad_status, "HTTP 201, expected 200, 404, 500-503"},
        {"body", body, answer(200, "all ok"), Outcome::passed, Reason::none, "HTTP 200"},
        {"wrong body", body, answer(200, "down\r\n\x1b[1m secret=abc"), Outcome::failed, Reason::bad_body,
         "HTTP 200, but \"ok\" is not in the body of 21 bytes, which begins: down  [1m secret=[redacted]"},
        {"empty body", body, answer(200), Outcome::failed, Reason::bad_body, "HTTP 200, but \"ok\" is not in the body of 0 bytes"},
        {"status before body", body, answer(500, "ok"), Outcome::failed, Reason::bad_status,
         "HTTP 500, expected 200-299; the body begins: ok"},
        {"refused", plain, failure(Reason::refused), Outcome::failed, Reason::refused, said},
        {"reset", plain, failure(Reason::reset), Outcome::failed, Reason::reset, said},
        {"tls failed", plain, failure(Reason::tls_failed), Outcome::failed, Reason::tls_failed, said},
        {"certificate", plain, failure(Reason::certificate_invalid), Outcome::failed, Reason::certificate_invalid, said},
        {"protocol", plain, failure(Reason::protocol_error), Outcome::failed, Reason::protocol_error, said},
        {"too large", plain, failure(Reason::too_large), Outcome::failed, Reason::too_large, said},
        {"connect timeout", plain, failure(Reason::connect_timeout), Outcome::silent, Reason::connect_timeout, said},
        {"response timeout", plain, failure(Reason::response_timeout), Outcome::silent, Reason::response_timeout, said},
        {"no route", plain, failure(Reason::no_route), Outcome::silent, Reason::no_route, said},
        {"name not found", plain, failure(Reason::name_not_found), Outcome::silent, Reason::name_not_found, said},
        {"name timeout", plain, failure(Reason::name_timeout), Outcome::silent, Reason::name_timeout, said},
        {"shutting down", plain, failure(Reason::shutting_down), Outcome::silent, Reason::shutting_down, said},
    };
    for (const auto& row : cases) {
        const WatchBlock watch(row.block);
        ASSERT_NE(watch.probe, nullptr) << row.name << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.http.answer = row.response;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.outcome, row.outcome) << row.name;
        EXPECT_EQ(observation.reason, row.reason) << row.name;
        EXPECT_EQ(observation.detail, row.detail) << row.name;
        EXPECT_EQ(observation.status, row.response.status) << row.name;
    }
}

TEST(HttpProbe, SendsWhatTheBlockSays) {
    const WatchBlock watch(
        "target: HTTPS://Portal.Example.jp:8443/api?x=1#top\nmethod: POST\nheaders: {X-Probe: hinomi, Accept: text/plain}\n"
        "body: '{\"a\": 1}'\nredirects: 3\ntls: {ca_file: /etc/ca.pem, server_name: portal}\nexpect: {body_contains: ok}\n");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe);
    ASSERT_EQ(effects.http.requests.size(), 1U);
    const auto& request = effects.http.requests[0];
    EXPECT_EQ(request.url, "https://portal.example.jp:8443/api?x=1");
    EXPECT_EQ(request.method, "POST");
    EXPECT_THAT(request.headers, ElementsAre(Pair("X-Probe", "hinomi"), Pair("Accept", "text/plain")));
    EXPECT_EQ(request.body, "{\"a\": 1}");
    EXPECT_EQ(request.redirects, 3U);
    EXPECT_EQ(request.tls.ca_file, "/etc/ca.pem");
    EXPECT_EQ(request.tls.server_name, "portal");
    EXPECT_TRUE(request.tls.verify);
    EXPECT_TRUE(request.need_body);
}

TEST(HttpProbe, AsksAnotherTargetWithTheSameSettings) {
    const WatchBlock first("target: http://a.example/x\nheaders: {X-Probe: hinomi}\nexpect: {body_contains: ok}\n");
    const WatchBlock second("target: http://B.example:81\n");
    ASSERT_NE(first.probe, nullptr) << first.described();
    const auto other = first.probe->for_target_of(second.settings);
    ASSERT_NE(other, nullptr);
    fakes::ProbeEffectsScript effects;
    effects.http.answer = answer(200, "down");
    EXPECT_EQ(effects.observe(*other).reason, Reason::bad_body);
    effects.observe(*first.probe);
    ASSERT_EQ(effects.http.requests.size(), 2U);
    EXPECT_EQ(effects.http.requests[0].url, "http://b.example:81/");
    EXPECT_THAT(effects.http.requests[0].headers, ElementsAre(Pair("X-Probe", "hinomi")));
    EXPECT_EQ(effects.http.requests[1].url, "http://a.example/x");
}

TEST(HttpProbe, SharesNothingWithAnotherSchemeNorWhereThereAreSecrets) {
    const WatchBlock plain("target: http://a.example/\n");
    const WatchBlock secure("target: https://a.example/\n");
    const WatchBlock secret("target: https://a.example/\nbearer: 'env:TOKEN'\n");
    ASSERT_NE(secret.probe, nullptr) << secret.described();
    EXPECT_EQ(plain.probe->for_target_of(secure.settings), nullptr);
    EXPECT_EQ(secure.probe->for_target_of(plain.settings), nullptr);
    EXPECT_EQ(secret.probe->for_target_of(secure.settings), nullptr);
}

TEST(HttpProbe, DefaultsToAGetWithoutRedirectsThatDropsTheBody) {
    const WatchBlock watch("target: 'http://[::1]'\n");
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe);
    const auto& request = effects.http.requests.at(0);
    EXPECT_EQ(request.url, "http://[::1]/");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.redirects, 0U);
    EXPECT_FALSE(request.need_body);
    EXPECT_TRUE(request.headers.empty());
}

TEST(HttpProbe, HandsOverTheTimeThatIsLeft) {
    const WatchBlock watch("target: 'http://a.example/'\n");
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe, model::Milliseconds{1'234});
    EXPECT_EQ(effects.http.requests.at(0).timeout, model::Milliseconds{1'234});
}

TEST(HttpProbe, AnAttemptThatBeginsAfterItsDeadlineDoesNotBlameTheTarget) {
    const WatchBlock watch("target: 'http://a.example/'\n");
    for (const auto late : {model::Milliseconds{0}, model::Milliseconds{-500}}) {
        fakes::ProbeEffectsScript effects;
        const auto observation = effects.observe(*watch.probe, late);
        EXPECT_TRUE(effects.http.requests.empty());
        EXPECT_EQ(observation.outcome, Outcome::silent);
        EXPECT_EQ(observation.reason, Reason::probe_crashed);
        EXPECT_THAT(observation.detail, HasSubstr("too late"));
        EXPECT_EQ(observation.started, observation.completed);
    }
}

TEST(HttpProbe, MeasuresTheWholeSampleInMicroseconds) {
    const WatchBlock watch("target: 'http://a.example/'\n");
    fakes::ProbeEffectsScript effects;
    effects.takes = model::Milliseconds{13};
    effects.http.answer = answer(200);
    effects.http.answer.phases = {.resolve = std::chrono::microseconds{100},
                                  .connect = std::chrono::microseconds{2'000},
                                  .tls = std::chrono::microseconds{3'000},
                                  .processing = std::chrono::microseconds{7'000},
                                  .transfer = std::chrono::microseconds{250}};
    const auto fine = effects.observe(*watch.probe);
    EXPECT_EQ(fine.duration, std::chrono::microseconds{12'350});
    EXPECT_EQ(fine.phases.tls, std::chrono::microseconds{3'000});
    EXPECT_EQ(fine.completed.boot - fine.started.boot, model::Milliseconds{13});
    effects.takes = model::Milliseconds{5'000};
    EXPECT_EQ(effects.observe(*watch.probe).duration, std::chrono::microseconds{5'000'000});
}

TEST(HttpSettings, WhatDoesNotFitIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{target: 'http://a', metod: GET}", "a.yaml:1:22: error: unknown key \"metod\". Did you mean \"method\"?\n"},
        {"{target: 'http://a', method: FETCH}",
         "a.yaml:1:30: error: \"FETCH\" is not known here. Write one of: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\n"},
        {"{target: 'http://a', expect: {status: 2000}}",
         "a.yaml:1:39: error: \"2000\" is no status. Write 200, \"200-299, 401\", or a list: [200, 404]\n"},
        {"{target: 'http://a', expect: {status: [299-200]}}",
         "a.yaml:1:40: error: \"299-200\" is no status. Write 200, \"200-299, 401\", or a list: [200, 404]\n"},
        {"{target: 'http://a', expect: {body: ok}}",
         "a.yaml:1:31: error: unknown key \"body\". Known here: status, headers, body_contains, body_not_contains, body_matches, "
         "body_not_matches, json\n"},
        {"{target: 'http://a', method: HEAD, expect: {body_contains: ok}}",
         "a.yaml:1:60: error: an answer to HEAD has no body. Use method: GET, or remove body_contains\n"},
        {"{target: 'http://a', headers: {'a b': c}}",
         "a.yaml:1:32: error: \"a b\" cannot be the name of a header. Use letters, digits and dashes\n"},
        {"{target: 'http://a', headers: {Authorization: Bearer hunter2}}",
         "a.yaml:1:32: error: the header Authorization would hold a secret. Secrets never stand in the configuration: write it under "
         "secret_headers as credential:NAME, file:PATH or env:NAME, or use basic or bearer\n"},
        {"{target: 'http://a', headers: {X: \"a\\r\\nb\"}}",
         "a.yaml:1:35: error: the text holds a line break or control character. Write it in one line\n"},
        {"{target: 'http://a', redirects: 11}", "a.yaml:1:33: error: 11 is out of range. Write a whole number from 0 to 10\n"},
        {"{target: 'http://a', tls: {verify: true}}",
         "a.yaml:1:22: error: tls is of no use for an http target. Write https:// in the target, or remove tls\n"},
        {"{target: 'https://a', tls: {verify: no}}",
         "a.yaml:1:37: error: \"no\" is neither true nor false. Write true or false, without quotes\n"},
        {"{target: 'https://a', tls: {ca_file: ca.pem}}",
         "a.yaml:1:38: error: the path \"ca.pem\" is not absolute. Write the whole path from /\n"},
    };
    for (const auto& [block, expected] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), expected) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
}

TEST(HttpSettings, NotVerifyingTheCertificateIsAWarning) {
    const WatchBlock watch("{target: 'https://a', tls: {verify: false}}");
    EXPECT_NE(watch.probe, nullptr);
    EXPECT_EQ(watch.described(),
              "a.yaml:1:37: warning: the certificate of this target is not verified: an impostor would pass. Name the authority with "
              "ca_file instead\n");
    fakes::ProbeEffectsScript effects;
    effects.observe(*watch.probe);
    EXPECT_FALSE(effects.http.requests.at(0).tls.verify);
}

} // namespace

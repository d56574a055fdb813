#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Reason;
using testing::HasSubstr;
using testing::StartsWith;

struct Case {
    std::string expect;
    Reason reason;
    std::string detail;
};

io::HttpResponse answer(std::string body) {
    io::HttpResponse response;
    response.request_sent = true;
    response.status = 200;
    response.headers = {{"content-type", "application/json"}, {"via", "one"}, {"via", "two"}, {"set-cookie", "id=hunter2"}};
    response.body = std::move(body);
    return response;
}

model::Observation observe(const std::string& expect, const std::string& body) {
    const WatchBlock watch("target: 'http://a.example/'\nexpect: " + expect + "\n");
    EXPECT_NE(watch.probe, nullptr) << expect << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.http.answer = answer(body);
    return watch.probe == nullptr ? model::Observation{} : effects.observe(*watch.probe);
}

void expect_all(const std::vector<Case>& cases, const std::string& body) {
    for (const auto& row : cases) {
        const auto observation = observe(row.expect, body);
        EXPECT_EQ(observation.reason, row.reason) << row.expect;
        EXPECT_EQ(observation.detail, row.reason == Reason::none ? "HTTP 200" : "HTTP 200, but " + row.detail) << row.expect;
    }
}

TEST(HttpExpect, StatusesAreSets) {
    const WatchBlock watch("target: 'http://a.example/'\nexpect:\n  status: 200-299, 401\n");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    for (const auto& [status, passes] :
         std::vector<std::pair<std::uint16_t, bool>>{{200, true}, {299, true}, {401, true}, {400, false}, {402, false}}) {
        effects.http.answer.status = status;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.outcome == model::Outcome::passed, passes) << status << observation.detail;
    }
    EXPECT_EQ(effects.observe(*watch.probe).detail, "HTTP 402, expected 200-299, 401");
}

TEST(HttpExpect, BodiesHoldAndDoNotHoldTextsAndPatterns) {
    const std::string body = "state: ok, load 0.3";
    const std::string lead = "the body of 19 bytes, which begins: " + body;
    expect_all({{"{body_contains: [state, load]}", Reason::none, ""},
                {"{body_contains: [state, disk]}", Reason::bad_body, "\"disk\" is not in " + lead},
                {"{body_not_contains: error}", Reason::none, ""},
                {"{body_not_contains: [error, load]}", Reason::bad_body, "\"load\" is in " + lead},
                {"{body_matches: '^state: (ok|idle)\\b'}", Reason::none, ""},
                {"{body_matches: '(?i)^STATE: OK, load [0-9.]+$'}", Reason::none, ""},
                {"{body_matches: '^ok'}", Reason::bad_body, "nothing in the body of 19 bytes matches \"^ok\"; the body begins: " + body},
                {"{body_not_matches: 'load [1-9]'}", Reason::none, ""},
                {"{body_not_matches: 'load 0'}", Reason::bad_body,
                 "something in the body of 19 bytes matches \"load 0\"; the body begins: " + body}},
               body);
}

TEST(HttpExpect, HeadersAreFoundWhateverTheirCaseAndOneOfSeveralFits) {
    expect_all(
        {{"{headers: {Content-Type: application/json}}", Reason::none, ""},
         {"{headers: {Content-Type: {contains: json, matches: '^application/', not_contains: xml}}}", Reason::none, ""},
         {"{headers: {VIA: two}}", Reason::none, ""},
         {"{headers: {Via: {not_matches: o}}}", Reason::bad_header, "something in the header via matches \"o\": \"two\""},
         {"{headers: {Content-Type: text/html}}", Reason::bad_header, "the header content-type is not \"text/html\": \"application/json\""},
         {"{headers: {X-Frame-Options: {present: true}}}", Reason::bad_header, "the header x-frame-options is missing"},
         {"{headers: {Server: {present: false}}}", Reason::none, ""},
         {"{headers: {Via: {present: false}}}", Reason::bad_header, "the header via is there, and must not be"},
         {"{headers: {Set-Cookie: {contains: Secure}}}", Reason::bad_header, "\"Secure\" is not in the header set-cookie"}},
        "{}");
}

TEST(HttpExpect, ValuesOfJsonAreFoundByPointer) {
    const std::string body = R"({"db": "ok", "queue": {"depth": 12}, "up": true, "none": null, "a/b": [1.5, "x"]})";
    const auto broken = [&](const std::string& text) { return text + "; the body begins: " + body; };
    expect_all({{"{json: {/db: ok}}", Reason::none, ""},
                {"{json: {/db: [degraded, ok]}}", Reason::none, ""},
                {"{json: {/up: true, /none: null, /queue/depth: 12, /a~1b/0: 1.5, /a~1b/1: x}}", Reason::none, ""},
                {"{json: {/up: 'true'}}", Reason::bad_body, broken("/up is true, expected \"true\"")},
                {"{json: {/db: down}}", Reason::bad_body, broken("/db is \"ok\", expected \"down\"")},
                {"{json: {/db: [down, slow]}}", Reason::bad_body, broken("/db is \"ok\", expected \"down\" or \"slow\"")},
                {"{json: {/disk: ok}}", Reason::bad_body, broken("/disk is not in the answer")},
                {"{json: {/disk: {present: false}}}", Reason::none, ""},
                {"{json: {/db: {present: false}}}", Reason::bad_body, broken("/db is there, and must not be")},
                {"{json: {/db: {not_equals: ok}}}", Reason::bad_body, broken("/db is \"ok\", and must not be")},
                {"{json: {/queue/depth: {above: 0, at_least: 12, at_most: 12, below: 13}}}", Reason::none, ""},
                {"{json: {/queue/depth: {below: 12}}}", Reason::bad_body, broken("/queue/depth is 12, expected below 12")},
                {"{json: {/queue/depth: {above: 12}}}", Reason::bad_body, broken("/queue/depth is 12, expected above 12")},
                {"{json: {/queue/depth: {at_least: 12.5}}}", Reason::bad_body, broken("/queue/depth is 12, expected at least 12.5")},
                {"{json: {/queue/depth: {at_most: 11}}}", Reason::bad_body, broken("/queue/depth is 12, expected at most 11")},
                {"{json: {/db: {below: 3}}}", Reason::bad_body, broken("/db is \"ok\", expected a number")},
                {"{json: {/db: {matches: '^(ok|idle)$', not_contains: down}}}", Reason::none, ""},
                {"{json: {/db: {matches: '^k'}}}", Reason::bad_body, broken("nothing in /db matches \"^k\"")}},
               body);
}

TEST(HttpExpect, WhatIsNoJsonOrTooDeepFails) {
    EXPECT_THAT(observe("{json: {/db: ok}}", "<html>").detail, StartsWith("HTTP 200, but the answer is not JSON; the body begins: <html>"));
    EXPECT_THAT(observe("{json: {/db: ok}}", "").detail, StartsWith("HTTP 200, but the answer is not JSON"));
    EXPECT_THAT(observe("{json: {/db: ok}}", std::string(100'000, '[')).detail, HasSubstr("the answer is JSON nested deeper than 64"));
    EXPECT_EQ(observe("{json: {/db: ok}}", "{\"db\": \"\xff\"}").reason, Reason::bad_body);
}

TEST(HttpExpect, WhatDoesNotFitIsRefusedWithItsPlace) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{body_matches: '(a'}",
         "a.yaml:2:24: error: \"(a\" is not a regular expression: missing ): (a. Write one in the syntax of RE2: no look-around and no "
         "back "
         "references; quote it in YAML with '...'\n"},
        {"{body_contains: ''}", "a.yaml:2:25: error: the text is empty. Give a value, or remove the key\n"},
        {"{json: {db: ok}}",
         "a.yaml:2:17: error: \"db\" is no JSON Pointer. Write /key/0/key, with ~1 for a slash and ~0 for a tilde in a key\n"},
        {"{json: {/db: {is: ok}}}",
         "a.yaml:2:23: error: unknown key \"is\". Known here: equals, not_equals, above, below, at_least, at_most, contains, not_contains, "
         "matches, not_matches, present\n"},
        {"{json: {/db: {below: low}}}", "a.yaml:2:30: error: \"low\" is not a number. Write a number such as 99.5"},
        {"{json: {/db: {present: false, equals: ok}}}",
         "a.yaml:2:22: error: a value that must be absent cannot be anything else. Keep only present: false\n"},
        {"{json: {/db: {equals: {a: b}}}}",
         "a.yaml:2:31: error: a JSON value is compared with a text, number, true, false or null. Point at a single value\n"},
        {"{headers: {'a b': c}}", "a.yaml:2:20: error: \"a b\" cannot be the name of a header. Use letters, digits and dashes\n"},
        {"{headers: {Via: {present: false, contains: x}}}",
         "a.yaml:2:25: error: a header that must be absent cannot say anything. Keep only present: false\n"},
        {"{status: '200,'}", "a.yaml:2:18: error: \"\" is no status. Write 200, \"200-299, 401\", or a list: [200, 404]\n"},
    };
    for (const auto& [expect, described] : cases) {
        const WatchBlock watch("target: 'http://a.example/'\nexpect: " + expect + "\n");
        EXPECT_THAT(watch.described(), StartsWith(described)) << expect;
        EXPECT_EQ(watch.probe, nullptr) << expect;
    }
}

} // namespace

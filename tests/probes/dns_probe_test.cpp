#include "probes/dns_message.hpp"
#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Outcome;
using model::Reason;
using probes::DnsQuestion;
using probes::RecordType;
using testing::ElementsAre;
using testing::StartsWith;

std::string number(unsigned value, std::size_t size) {
    std::string bytes;
    for (std::size_t index = size; index > 0; --index) bytes += static_cast<char>((value >> (8 * (index - 1))) & 0xFFU);
    return bytes;
}

/// A record whose name is a pointer to the question's.
std::string record(unsigned type, const std::string& data) {
    return "\xC0\x0C" + number(type, 2) + number(1, 2) + number(60, 4) + number(static_cast<unsigned>(data.size()), 2) + data;
}

/// The response to the question that `query` asks.
std::string response(const std::string& query, unsigned flags, const std::vector<std::string>& records) {
    auto message = query.substr(0, 2) + number(0x8180U | flags, 2) + number(1, 2) + number(static_cast<unsigned>(records.size()), 2) +
                   number(0, 4) + query.substr(12);
    for (const auto& text : records) message += text;
    return message;
}

const std::string www = std::string("\x03www\xC0\x0C", 6);  // www.NAME

TEST(DnsMessage, ReadsEveryTypeItAsksFor) {
    struct Row {
        RecordType type;
        std::string data;
        std::string text;
    };
    const std::vector<Row> rows{
        {RecordType::a, number(0xC000'0201, 4), "192.0.2.1"},
        {RecordType::aaaa, std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16), "2001:db8::1"},
        {RecordType::ns, www, "www.example.jp"},
        {RecordType::cname,
         std::string("\x03WwW\x07"
                     "example\x02JP\0",
                     16),
         "www.example.jp"},
        {RecordType::mx, number(10, 2) + www, "10 www.example.jp"},
        {RecordType::txt, std::string("\x05hello\x06 world", 13), "hello world"},
        {RecordType::soa, www + www + number(2026, 4) + number(1, 4) + number(2, 4) + number(3, 4) + number(4, 4),
         "www.example.jp www.example.jp 2026 1 2 3 4"},
    };
    for (const auto& row : rows) {
        const DnsQuestion question{.id = 77, .name = "example.jp", .type = row.type};
        const auto type = static_cast<unsigned>(row.type);
        const auto message = response(encode(question), 0, {record(46, "a signature"), record(type, row.data)});
        const auto answer = decode(message, question);
        ASSERT_TRUE(answer) << row.text;
        EXPECT_THAT(answer->records, ElementsAre(row.text));
        // cut anywhere, it is broken, and never read beyond
        for (std::size_t size = 0; size < message.size(); ++size)
            EXPECT_FALSE(decode(message.substr(0, size), question)) << row.text << size;
    }
}

TEST(DnsMessage, WhatLeadsNowhereIsBroken) {
    const DnsQuestion question{.id = 1, .name = "example.jp", .type = RecordType::ns};
    const auto query = encode(question);
    const std::string itself = number(0xC000U | static_cast<unsigned>(query.size() + 12), 2);
    EXPECT_FALSE(decode(response(query, 0, {record(2, itself)}), question)) << "a pointer to itself";
    EXPECT_FALSE(decode(response(query, 0, {record(2, "\xFF\xFF")}), question)) << "a pointer beyond the end";
    EXPECT_FALSE(decode(response(query, 0, {record(2, www + "x")}), question)) << "more data than the name";
    EXPECT_FALSE(decode(response(query, 0, {record(2, "\x40" + std::string(64, 'a'))}), question)) << "an unknown kind of label";
    EXPECT_TRUE(decode(response(query, 0, {record(2, www)}), question));
}

TEST(DnsMessage, OnlyTheResponseToTheQuestionIsOne) {
    const DnsQuestion question{.id = 0x1234, .name = "example.jp", .type = RecordType::a};
    const auto good = response(encode(question), 0, {});
    EXPECT_TRUE(answers(good, question));
    EXPECT_FALSE(answers(encode(question), question)) << "the question itself";
    EXPECT_FALSE(answers(response(probes::encode({.id = 0x1235, .name = "example.jp"}), 0, {}), question));
    EXPECT_FALSE(answers(response(probes::encode({.id = 0x1234, .name = "example.com"}), 0, {}), question));
    EXPECT_FALSE(answers(response(probes::encode({.id = 0x1234, .name = "example.jp", .type = RecordType::mx}), 0, {}), question));
    EXPECT_TRUE(answers(good.substr(0, 2) + number(0x8185, 2) + number(0, 8), question)) << "a refusal without the question";
}

TEST(DnsMessage, NamesAndDataHaveOneForm) {
    EXPECT_TRUE(probes::is_dns_name("_dmarc.Example.jp."));
    for (const auto* name : {"", "..", "a..b", ".a", "a b", "ä.jp"}) EXPECT_FALSE(probes::is_dns_name(name)) << name;
    EXPECT_FALSE(probes::is_dns_name(std::string(64, 'a') + ".jp"));
    EXPECT_EQ(normalised(RecordType::mx, "10  Mail.Example.JP."), "10 mail.example.jp");
    EXPECT_EQ(normalised(RecordType::aaaa, "2001:0DB8:0::1"), "2001:db8::1");
    EXPECT_EQ(normalised(RecordType::txt, "V=spf1  -all"), "V=spf1  -all");
}

struct Case {
    std::string keys;
    std::vector<std::string> records;
    unsigned flags;
    Reason reason;
    std::string detail;
};

TEST(DnsProbe, JudgesCodesAndAnswers) {
    const auto one = record(1, number(0xC000'0201, 4));
    const auto two = record(1, number(0xC000'0202, 4));
    const std::vector<Case> cases{
        {"", {one}, 0, Reason::none, "NOERROR: 192.0.2.1"},
        {"", {}, 0, Reason::not_expected, "0 answers of the type, expected at least 1"},
        {"", {}, 3, Reason::bad_status, "NXDOMAIN, expected NOERROR"},
        {"", {}, 2, Reason::bad_status, "SERVFAIL, expected NOERROR"},
        {", expect: {code: NXDOMAIN}", {}, 3, Reason::none, "NXDOMAIN: nothing"},
        {", expect: {at_least: 0}", {}, 0, Reason::none, "NOERROR: nothing"},
        {", expect: {at_least: 3}", {one, two}, 0, Reason::not_expected, "2 answers of the type, expected at least 3"},
        {", expect: {answers: 192.0.2.2}", {one, two}, 0, Reason::none, "NOERROR: 192.0.2.1, 192.0.2.2"},
        {", expect: {answers: [192.0.2.1, 192.0.2.3]}",
         {one, two},
         0,
         Reason::not_expected,
         "\"192.0.2.3\" is not among the answers: 192.0.2.1, 192.0.2.2"},
        {", expect: {answers: 192.0.2.1, no_others: true}", {one}, 0, Reason::none, "NOERROR: 192.0.2.1"},
        {", expect: {answers: 192.0.2.1, no_others: true}",
         {one, two},
         0,
         Reason::not_expected,
         "\"192.0.2.2\" is among the answers, and was not expected"},
        {", expect: {matches: '^192\\.0\\.2\\.'}", {one}, 0, Reason::none, "NOERROR: 192.0.2.1"},
        {", expect: {not_contains: 192.0.2.2}",
         {one, two},
         0,
         Reason::not_expected,
         "\"192.0.2.2\" is in the answers: 192.0.2.1, 192.0.2.2"},
    };
    for (const auto& row : cases) {
        const WatchBlock watch("{target: 'dns://192.0.2.53/Example.jp'" + row.keys + "}");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.datagram.reply = [&](const std::string& query) { return response(query, row.flags, row.records); };
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.reason, row.reason) << row.keys;
        EXPECT_EQ(observation.detail, row.detail) << row.keys;
        EXPECT_EQ(observation.status, row.flags);
        EXPECT_TRUE(effects.stream.requests.empty());
        EXPECT_EQ(effects.datagram.requests.at(0).host, "192.0.2.53");
        EXPECT_EQ(effects.datagram.requests.at(0).port, 53);
    }
}

TEST(DnsProbe, AsksByTcpWhatWasCutShort) {
    const WatchBlock watch("{target: 'dns://192.0.2.53:5353/example.jp', type: TXT}");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.datagram.reply = [&](const std::string& query) {
        const auto whole = response(query, 0, {record(16, std::string("\x05hello", 6))});
        effects.stream.answer.received = number(static_cast<unsigned>(whole.size()), 2) + whole;
        return response(query, 0x0200, {});
    };
    const auto observation = effects.observe(*watch.probe);
    EXPECT_EQ(observation.detail, "NOERROR: hello");
    EXPECT_EQ(observation.outcome, Outcome::passed);
    const auto& request = effects.stream.requests.at(0);
    EXPECT_EQ(request.port, 5'353);
    EXPECT_EQ(request.send.substr(2), effects.datagram.requests.at(0).payload);
    EXPECT_FALSE(request.complete(effects.stream.answer.received.substr(0, 20)));
    EXPECT_TRUE(request.complete(effects.stream.answer.received));
}

TEST(DnsProbe, ABrokenAnswerIsAFailureAndSilenceIsSilence) {
    const WatchBlock watch("{target: 'dns://192.0.2.53/example.jp'}");
    fakes::ProbeEffectsScript effects;
    effects.datagram.reply = [&](const std::string& query) { return response(query, 0, {record(1, "xyz")}); };
    const auto broken = effects.observe(*watch.probe);
    EXPECT_EQ(broken.reason, Reason::protocol_error);
    EXPECT_THAT(broken.detail, StartsWith("the answer of "));
    effects.datagram.reply = {};
    effects.datagram.answer.reason = Reason::response_timeout;
    EXPECT_EQ(effects.observe(*watch.probe).outcome, Outcome::silent);
}

TEST(DnsSettings, WhatDoesNotFitIsRefused) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{target: 'dns://192.0.2.53'}", "a.yaml:1:10: error: \"\" is no name to ask for. Write dns://SERVER[:PORT]/NAME\n"},
        {"{target: 'dns://192.0.2.53/a b'}",
         "a.yaml:1:10: error: a URL holds only ASCII without spaces, and has at most 4096 characters. Write other characters as %XX, a "
         "space "
         "as %20\n"},
        {"{target: 'dns://192.0.2.53/a', type: PTR}", "a.yaml:1:38: error: \"PTR\" is not known here. Did you mean \"TXT\"?\n"},
        {"{target: 'dns://192.0.2.53/a', expect: {no_others: true}}",
         "a.yaml:1:52: error: no_others needs the answers that are expected. Add answers: [...]\n"},
        {"{target: 'dns://192.0.2.53/a', expect: {code: NXDOMAIN, answers: 192.0.2.1}}",
         "a.yaml:1:66: error: NXDOMAIN comes without answers. Remove answers, or expect NOERROR\n"},
    };
    for (const auto& [block, expected] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), expected) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
}

} // namespace

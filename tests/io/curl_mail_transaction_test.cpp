#include "tests/io/mail_transaction_fixture.hpp"

#include <string>
#include <vector>

namespace {

using mail_test::MailSecurity;
using mail_test::MailStep;
using mail_test::MailTransactions;
using mail_test::Milliseconds;
using mail_test::Part;
using mail_test::Relay;
using mail_test::reply;
using mail_test::Row;
using scripted::Script;

/// A part of the dialogue, and how a result names it.
struct Place {
    const char* name;
    Part part;
    MailStep step;
};

/// Every part, with TLS by STARTTLS and credentials; those behind TLS and those before it.
constexpr Place places[] = {
    {"greeting", Part::greeting, MailStep::greeting},
    {"ehlo", Part::ehlo, MailStep::ehlo},
    {"starttls", Part::starttls, MailStep::starttls},
    {"secured ehlo", Part::ehlo_secured, MailStep::ehlo},
    {"auth", Part::auth, MailStep::auth},
    {"credentials", Part::credentials, MailStep::auth},
    {"mail", Part::mail, MailStep::mail},
    {"rcpt", Part::rcpt, MailStep::rcpt},
    {"data", Part::data, MailStep::data},
    {"answer", Part::answer, MailStep::answer},
};

/// A way to answer badly. Code 0: what ends the transaction is not a reply.
struct Fault {
    const char* name;
    Script script;
    std::uint16_t code;
    const char* text;
    bool stalls;
};

Row row_of(const Place& place, const Fault& fault) {
    Row row;
    row.name = std::string(place.name) + ", " + fault.name;
    auto script = fault.script;
    if (place.part == Part::ehlo_secured && fault.code >= 400) script = script + Script{scripted::hear("HELO")} + fault.script;
    row.relay = {.security = MailSecurity::starttls, .authenticates = true, .instead = {{place.part, script}}};
    row.step = place.step;
    row.code = fault.code;
    row.text = fault.text;
    row.timed_out = fault.stalls;
    row.handed_over = place.part == Part::answer;
    return row;
}

std::vector<Row> every_place_with(const std::vector<Fault>& faults) {
    std::vector<Row> rows;
    for (const auto& place : places) {
        for (const auto& fault : faults) rows.push_back(row_of(place, fault));
    }
    return rows;
}

TEST_F(MailTransactions, AnAcceptedMailIsDoneByEveryKindOfSecurity) {
    struct Case {
        Relay relay;
        std::string tls;
    };
    const Case cases[] = {
        {{.security = MailSecurity::none, .authenticates = false, .instead = {}}, ""},
        {{.security = MailSecurity::none, .authenticates = true, .instead = {}}, ""},
        {{.security = MailSecurity::starttls, .authenticates = true, .instead = {}}, "TLSv1.3"},
        {{.security = MailSecurity::tls, .authenticates = true, .instead = {}}, "TLSv1.3"},
    };
    for (const auto& [relay, tls] : cases) {
        SCOPED_TRACE(static_cast<int>(relay.security));
        const auto& sending = prepare(relay);
        run();
        EXPECT_TRUE(sending.result.accepted) << sending.result.text;
        EXPECT_EQ(sending.result.step, MailStep::done);
        EXPECT_EQ(sending.result.code, 250);
        EXPECT_EQ(sending.result.text, "2.0.0 queued as 7");
        EXPECT_EQ(sending.result.tls, tls);
        EXPECT_TRUE(sending.result.handed_over);
        const auto heard = sending.server->heard();
        EXPECT_NE(heard.find("MAIL FROM:<status@provider.test>"), std::string::npos) << heard;
        EXPECT_NE(heard.find("RCPT TO:<it@acme.test>\r\nDATA\r\nSubject: test\r\n\r\nfirst\r\n..hidden\r\nlast\r\n.\r\n"),
                  std::string::npos)
            << heard;
        EXPECT_EQ(heard.find("AUTH PLAIN") != std::string::npos, relay.authenticates) << heard;
        sendings.clear();
    }
}

TEST_F(MailTransactions, ARefusalAtAnyStepIsKnownByItsStepCodeAndText) {
    check(every_place_with({
        {"4xx", {reply("451 4.7.1 come later")}, 451, "4.7.1 come later", false},
        {"5xx", {reply("550 5.7.1 no")}, 550, "5.7.1 no", false},
        {"several lines", {reply("554-5.0.0 no,\r\n554 5.0.0 really")}, 554, "5.0.0 no, 5.0.0 really", false},
        {"without text", {reply("554")}, 554, "", false},
        {"421 and closed", {reply("421 4.3.2 closing"), scripted::close()}, 421, "4.3.2 closing", false},
        {"byte by byte",
         {scripted::say("4"), scripted::say("52 4.3."), scripted::say("1 full\r"), scripted::say("\n")},
         452,
         "4.3.1 full",
         false},
    }));
}

TEST_F(MailTransactions, AConnectionThatEndsAtAnyStepLeavesNoCode) {
    check(every_place_with({
        {"closed", {scripted::close()}, 0, "", false},
        {"reset", {scripted::reset()}, 0, "", false},
        {"an unfinished line, then closed", {scripted::say("250 o"), scripted::close()}, 0, "", false},
        {"an unfinished reply of several lines, then closed", {reply("250-one"), scripted::close()}, 0, "", false},
        {"garbage, then closed", {reply("%$&! what"), scripted::close()}, 0, "", false},
        {"binary, then closed", {scripted::say(std::string("\x00\xff\x16\x03\r\n\x01", 7)), scripted::close()}, 0, "", false},
        {"a reply of another step, then closed", {reply("110 what?"), scripted::close()}, 0, "", false},
    }));
}

TEST_F(MailTransactions, SilenceAtAnyStepEndsWithItsCap) {
    check(every_place_with({
        {"silent", {scripted::stall()}, 0, "no answer in time", true},
        {"silent after an unfinished line", {scripted::say("250 o"), scripted::stall()}, 0, "no answer in time", true},
        {"silent after garbage", {reply("what?"), scripted::stall()}, 0, "no answer in time", true},
        {"silent after a number that is no reply", {reply("2500 ok"), scripted::stall()}, 0, "no answer in time", true},
        {"lines without end", {scripted::drip("250-and\r\n")}, 0, "no answer in time", true},
        {"one line without end", {scripted::drip("250 and")}, 0, "no answer in time", true},
    }));
}

TEST_F(MailTransactions, AFloodEndsAtALimitLongBeforeTheCap) {
    std::vector<Row> rows;
    for (const auto& place : {places[0], places[9]}) {
        for (const auto& flood : {std::string("250-and\r\n"), std::string("250 and"), std::string(64, '\0')})
            rows.push_back(row_of(place, {"flood", {scripted::flood(flood)}, 0, "Too large", false}));
    }
    check(rows);
}

} // namespace

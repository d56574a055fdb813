#include "tests/io/mail_transaction_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using mail_test::MailSecurity;
using mail_test::MailStep;
using mail_test::MailTransactions;
using mail_test::Milliseconds;
using mail_test::Part;
using mail_test::Relay;
using mail_test::reply;
using mail_test::short_cap;
using scripted::Script;

Relay plain(Part part, Script instead) {
    return {.security = MailSecurity::none, .authenticates = false, .instead = {{part, std::move(instead)}}};
}

Relay secured(Part part, Script instead) {
    return {.security = MailSecurity::starttls, .authenticates = true, .instead = {{part, std::move(instead)}}};
}

/// Too much for the buffers between us and the relay.
std::shared_ptr<const std::string> large_message() {
    std::string text = "Subject: large\r\n\r\n";
    for (int line = 0; line < 200'000; ++line) text += "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
    return std::make_shared<const std::string>(std::move(text));
}

TEST_F(MailTransactions, OnlyAGoodReplyToTheFinalDotIsAnAcceptance) {
    struct Case {
        const char* name;
        Script script;
        bool accepted;
        std::uint16_t code;
    };
    const Case cases[] = {
        {"250", {reply("250 ok")}, true, 250},
        {"another 2xx", {reply("252 perhaps")}, true, 252},
        {"code alone", {reply("250")}, true, 250},
        {"several lines", {reply("250-ok\r\n250-and\r\n250 done")}, true, 250},
        {"LF alone", {scripted::say("250 ok\n")}, true, 250},
        {"good lines, bad end", {reply("250-ok\r\n554 no")}, false, 554},
        {"bad lines, good end", {reply("554-no\r\n250 ok")}, true, 250},
        {"1xx", {reply("150 wait")}, false, 0},
        {"354 again", {reply("354 go on")}, false, 0},
        {"a number that is no reply", {reply("2500 ok"), scripted::close()}, false, 0},
        {"a word", {reply("ok"), scripted::close()}, false, 0},
        {"a hyphen alone", {reply("250-ok"), scripted::close()}, false, 0},
        {"half a line", {scripted::say("250 ok"), scripted::close()}, false, 0},
        {"negative", {reply("-250 ok"), scripted::close()}, false, 0},
        {"lost", {scripted::close()}, false, 0},
        {"lost by a reset", {scripted::reset()}, false, 0},
        {"lost without TLS's good-bye", {scripted::cut()}, false, 0},
    };
    for (const bool tls : {false, true}) {
        for (const auto& row : cases) prepare(tls ? secured(Part::answer, row.script) : plain(Part::answer, row.script));
    }
    run();
    for (std::size_t number = 0; number < sendings.size(); ++number) {
        const auto& row = cases[number % std::size(cases)];
        const auto& result = sendings[number].result;
        SCOPED_TRACE(std::string(row.name) + ": " + result.text);
        EXPECT_EQ(result.accepted, row.accepted);
        EXPECT_EQ(result.step, row.accepted ? MailStep::done : MailStep::answer);
        EXPECT_EQ(result.code, row.code);
        EXPECT_TRUE(result.handed_over);  // so that what is not accepted is unknown, or refused by its code
        EXPECT_FALSE(result.timed_out);
    }
}

TEST_F(MailTransactions, WhatTheRelayDoesAfterItsAcceptanceChangesNothing) {
    const std::vector<Script> farewells{{scripted::close()}, {scripted::reset()},          {scripted::stall()},
                                        {scripted::deaf()},  {reply("421 later")},         {reply("what?"), scripted::stall()},
                                        {scripted::cut()},   {scripted::flood("250-\r\n")}};
    for (const auto& farewell : farewells) {
        prepare(plain(Part::farewell, farewell));
        prepare(secured(Part::farewell, farewell));
    }
    run();
    for (const auto& sending : sendings) {
        EXPECT_TRUE(sending.result.accepted) << sending.result.text;
        EXPECT_EQ(sending.result.text, "2.0.0 queued as 7");
    }
}

TEST_F(MailTransactions, ALostConnectionInTheMiddleOfTheBodyHandsNothingOver) {
    message = large_message();
    const std::vector<Script> ends{{reply("354 go on"), scripted::hear("Subject"), scripted::reset()},
                                   {reply("354 go on"), scripted::hear("Subject"), scripted::deaf()}};
    for (const auto& end : ends) {
        prepare(plain(Part::data, end)).job.server.step_cap = short_cap;
        prepare(secured(Part::data, end)).job.server.step_cap = short_cap;
    }
    run();
    for (std::size_t number = 0; number < sendings.size(); ++number) {
        const auto& result = sendings[number].result;
        SCOPED_TRACE(std::to_string(number) + ": " + result.text);
        EXPECT_EQ(result.step, MailStep::body);
        EXPECT_FALSE(result.accepted);
        EXPECT_FALSE(result.handed_over);
        EXPECT_EQ(result.code, 0);
        EXPECT_EQ(result.timed_out, number >= 2);
    }
}

TEST_F(MailTransactions, ALargeMailArrivesWhole) {
    message = large_message();
    auto& sending = prepare(secured(Part::farewell, {reply("221 bye")}));
    run();
    EXPECT_TRUE(sending.result.accepted) << sending.result.text;
    EXPECT_NE(sending.server->heard().find(*message + ".\r\n"), std::string::npos);
}

TEST_F(MailTransactions, AMessageOfAwkwardLinesArrivesAsItIs) {
    const std::pair<std::string, std::string> messages[] = {
        {"no line end", "no line end\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"..\r\n.a\r\nb.\r\n", "...\r\n..a\r\nb.\r\n.\r\n"},
        {"\r\n\r\n", "\r\n\r\n.\r\n"},
        {"a\r\n.\r\nMAIL FROM:<evil@other.test>\r\n", "a\r\n..\r\nMAIL FROM:<evil@other.test>\r\n.\r\n"},
    };
    for (const auto& [text, wire] : messages) {
        message = std::make_shared<const std::string>(text);
        prepare(plain(Part::farewell, {reply("221 bye")}));
    }
    run();
    for (std::size_t number = 0; number < sendings.size(); ++number) {
        const auto heard = sendings[number].server->heard();
        EXPECT_TRUE(sendings[number].result.accepted) << sendings[number].result.text;
        EXPECT_NE(heard.find("DATA\r\n" + messages[number].second), std::string::npos) << heard;
    }
}

TEST_F(MailTransactions, ARefusedRecipientIsRefusedAloneAndTheOtherIsAccepted) {
    const auto& good = prepare({.security = MailSecurity::starttls, .authenticates = true, .instead = {}});
    auto& bad = prepare(secured(Part::rcpt, {reply("550 5.1.1 no such user")}));
    bad.job.recipient = "nobody@acme.test";
    run();
    EXPECT_TRUE(good.result.accepted);
    EXPECT_EQ(bad.result.step, MailStep::rcpt);
    EXPECT_EQ(bad.result.code, 550);
    EXPECT_FALSE(bad.result.handed_over);
    EXPECT_EQ(bad.server->heard().find("DATA"), std::string::npos);
}

TEST_F(MailTransactions, AConnectionThatCannotBeMadeIsTheConnectStep) {
    const scripted::FullListener full(context);
    auto hanging = job_for({.security = MailSecurity::starttls, .authenticates = false, .instead = {}}, full.port());
    hanging.server.connect_cap = short_cap;
    const auto refused = job_for({.security = MailSecurity::tls, .authenticates = false, .instead = {}}, scripted::refusing_port(context));
    prepare(hanging);
    prepare(refused);
    run();
    EXPECT_TRUE(sendings[0].result.timed_out);
    EXPECT_FALSE(sendings[1].result.timed_out);
    EXPECT_NE(sendings[1].result.text.find("refused"), std::string::npos) << sendings[1].result.text;
    for (const auto& sending : sendings) {
        EXPECT_EQ(sending.result.step, MailStep::connect);
        EXPECT_EQ(sending.result.code, 0);
        EXPECT_FALSE(sending.result.handed_over);
    }
}

TEST_F(MailTransactions, TheNextAddressIsTriedWhenOneRefuses) {
    resolver.result.addresses = {"127.0.0.2", "127.0.0.1"};  // the relay is at the last one only
    EXPECT_TRUE(send({.security = MailSecurity::tls, .authenticates = true, .instead = {}}).accepted);
}

TEST_F(MailTransactions, ARelayWithoutAddressIsTheResolveStep) {
    resolver.result = {.reason = model::Reason::name_timeout, .addresses = {}, .took = {}, .error = "no server answered"};
    const auto result = send({.security = MailSecurity::tls, .authenticates = true, .instead = {}});
    EXPECT_EQ(result.step, MailStep::resolve);
    EXPECT_FALSE(result.handed_over);
    EXPECT_EQ(result.text, "the relay's name is not resolved: no server answered");
}

TEST_F(MailTransactions, StoppingCutsWhatIsUnderWay) {
    auto& sending = prepare(plain(Part::greeting, {scripted::stall()}));
    bool resumed = false;
    asio::co_spawn(context, mail.send(sending.job), [&](const std::exception_ptr&, const io::MailResult&) { resumed = true; });
    while (sending.server->connections() == 0) context.run_one();
    mail.stop();
    EXPECT_FALSE(resumed);
}

} // namespace

#include "tests/io/mail_transaction_fixture.hpp"

#include <string>
#include <vector>

namespace {

using mail_test::MailSecurity;
using mail_test::MailStep;
using mail_test::MailTransactions;
using mail_test::Part;
using mail_test::Relay;
using mail_test::reply;
using mail_test::Row;
using scripted::Script;

Relay starting_tls(Part part, Script instead) {
    return {.security = MailSecurity::starttls, .authenticates = true, .instead = {{part, std::move(instead)}}};
}

Relay speaking_tls(Script handshake) {
    return {.security = MailSecurity::tls, .authenticates = true, .instead = {{Part::handshake, std::move(handshake)}}};
}

Relay asking_for_credentials(Part part, Script instead) {
    return {.security = MailSecurity::none, .authenticates = true, .instead = {{part, std::move(instead)}}};
}

TEST_F(MailTransactions, WithoutTlsWhereItIsRequiredNothingIsSent) {
    const std::vector<Row> rows{
        {"STARTTLS is not offered", starting_tls(Part::ehlo, {reply("250-relay.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")}),
         MailStep::starttls, 0, "STARTTLS not supported"},
        {"EHLO is not understood", starting_tls(Part::ehlo, {reply("502 what?"), scripted::hear("HELO"), reply("250 ok")}), MailStep::ehlo,
         502, "what?"},
        {"not available now", starting_tls(Part::starttls, {reply("454 4.7.0 TLS not available")}), MailStep::starttls, 454,
         "4.7.0 TLS not available"},
        {"refused", starting_tls(Part::starttls, {reply("501 5.5.1 no")}), MailStep::starttls, 501, "5.5.1 no"},
        {"another good reply", starting_tls(Part::starttls, {reply("250 ok")}), MailStep::starttls, 0, "STARTTLS denied"},
        {"a reply is slipped in before TLS", starting_tls(Part::starttls, {reply("220 go ahead\r\n250 slipped in")}), MailStep::tls, 0, ""},
    };
    check(rows);
    for (const auto& sending : sendings) {
        EXPECT_EQ(sending.server->heard().find("AUTH"), std::string::npos) << sending.server->heard();
        EXPECT_EQ(sending.server->heard().find("MAIL"), std::string::npos) << sending.server->heard();
    }
}

TEST_F(MailTransactions, AFailingHandshakeIsTheTlsStep) {
    std::vector<Row> rows;
    for (const bool at_once : {true, false}) {
        const auto relay = [&](Script handshake) {
            return at_once ? speaking_tls(std::move(handshake)) : starting_tls(Part::handshake, std::move(handshake));
        };
        const std::string kind = at_once ? "smtps: " : "starttls: ";
        rows.push_back({kind + "closed", relay({scripted::close()}), MailStep::tls, 0, ""});
        rows.push_back({kind + "closed in the middle", relay({scripted::hear("\x01"), scripted::close()}), MailStep::tls, 0, ""});
        rows.push_back({kind + "reset", relay({scripted::hear("\x01"), scripted::reset()}), MailStep::tls, 0, ""});
        rows.push_back({kind + "clear text", relay({reply("220 relay.test ESMTP")}), MailStep::tls, 0, ""});
        rows.push_back({kind + "zeros", relay({scripted::say(std::string(64, '\0'))}), MailStep::tls, 0, ""});
        rows.push_back({kind + "silent", relay({scripted::stall()}), MailStep::tls, 0, "no answer in time", /*timed_out=*/true});
    }
    check(rows);
}

TEST_F(MailTransactions, CertificatesAreJudgedByNameAuthorityAndTime) {
    struct Case {
        const char* name;
        scripted::TlsContext tls;
        bool other_authority;
        bool accepted;
    };
    const Case cases[] = {
        {"good", authority.server("DNS:relay.test"), false, true},
        {"expired", authority.server("DNS:relay.test", -60), false, false},
        {"another name", authority.server("DNS:other.test"), false, false},
        {"self-signed", TestAuthority::self_signed(), false, false},
        {"unknown authority", authority.server("DNS:relay.test"), true, false},
    };
    for (const auto security : {MailSecurity::tls, MailSecurity::starttls}) {
        for (const auto& row : cases) {
            good_tls = row.tls;
            auto& sending = prepare({.security = security, .authenticates = true, .instead = {}});
            if (row.other_authority) sending.job.server.tls.ca_file = authority.other_file();
        }
    }
    run();
    for (std::size_t number = 0; number < sendings.size(); ++number) {
        const auto& row = cases[number % std::size(cases)];
        const auto& result = sendings[number].result;
        SCOPED_TRACE(std::string(row.name) + ": " + result.text);
        EXPECT_EQ(result.accepted, row.accepted);
        EXPECT_EQ(result.step, row.accepted ? MailStep::done : MailStep::tls);
        EXPECT_EQ(result.handed_over, row.accepted);
        EXPECT_EQ(sendings[number].server->heard().find("AUTH") != std::string::npos, row.accepted);
    }
}

TEST_F(MailTransactions, AnUnreadableAuthorityIsTheTlsStep) {
    auto& sending = prepare({.security = MailSecurity::tls, .authenticates = false, .instead = {}});
    sending.job.server.tls.ca_file = "/nonexistent/ca.pem";
    run();
    EXPECT_EQ(sending.result.step, MailStep::tls);
    EXPECT_FALSE(sending.result.accepted);
    EXPECT_NE(sending.result.text.find("/nonexistent/ca.pem"), std::string::npos) << sending.result.text;
}

TEST_F(MailTransactions, RefusedCredentialsAreTheAuthStep) {
    check({
        {"refused", asking_for_credentials(Part::credentials, {reply("535 5.7.8 no such user")}), MailStep::auth, 535,
         "5.7.8 no such user"},
        {"the relay repeats them", asking_for_credentials(Part::credentials, {reply("454 4.7.0 later")}), MailStep::auth, 454,
         "4.7.0 later"},
        {"cancelled", asking_for_credentials(Part::auth, {reply("504 5.5.4 not this way")}), MailStep::auth, 504, "5.5.4 not this way"},
        {"asked twice", asking_for_credentials(Part::credentials, {reply("334 again")}), MailStep::auth, 0, ""},
        {"no way in common", asking_for_credentials(Part::ehlo, {reply("250-relay.test\r\n250 AUTH X-FINGERPRINT")}), MailStep::auth, 0,
         ""},
    });
}

/// The relay may accept mail by address; whether it does is its reply to MAIL.
TEST_F(MailTransactions, WhereNoCredentialsAreAskedForNoneAreSent) {
    Relay relay{.security = MailSecurity::none, .authenticates = false, .instead = {}};
    auto& sending = prepare(relay);
    sending.job.server.username = "status";
    sending.job.server.password = "pass word";
    run();
    EXPECT_TRUE(sending.result.accepted) << sending.result.text;
    EXPECT_EQ(sending.server->heard().find("AUTH"), std::string::npos);
}

/// The base64 of a user's name may look like a command.
TEST_F(MailTransactions, CredentialsThatLookLikeACommandDoNotMisleadTheStep) {
    Relay relay{.security = MailSecurity::none, .authenticates = true, .instead = {}};
    relay.instead[Part::ehlo] = {reply("250-relay.test\r\n250 AUTH LOGIN")};
    relay.instead[Part::auth] = {reply("334 VXNlcm5hbWU6"), scripted::hear("DATA\r\n"), reply("334 UGFzc3dvcmQ6")};
    relay.instead[Part::credentials] = {reply("535 5.7.8 no")};
    auto& sending = prepare(relay);
    sending.job.server.username = "\x0c\x04\xc0";  // DATA in base64
    run();
    EXPECT_EQ(sending.result.step, MailStep::auth);
    EXPECT_EQ(sending.result.code, 535);
}

TEST_F(MailTransactions, MailWithoutTlsGoesToLoopbackOnly) {
    auto job = job_for({.security = MailSecurity::none, .authenticates = false, .instead = {}}, 25);
    resolver.result.addresses = {"127.0.0.1", "192.0.2.1"};
    prepare(job);
    run();
    EXPECT_EQ(sendings.front().result.step, MailStep::connect);
    EXPECT_FALSE(sendings.front().result.accepted);
    EXPECT_FALSE(sendings.front().result.handed_over);
    EXPECT_EQ(sendings.front().result.text, "mail without TLS goes to loopback only; use STARTTLS or smtps");
}

} // namespace

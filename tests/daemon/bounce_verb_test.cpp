#include "daemon/bounce_verb.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace hinomi {
namespace {

using ::testing::HasSubstr;

std::string report(const std::string& action, const std::string& id) {
    return "From: MAILER-DAEMON@relay.example\nMessage-ID: <report@relay.example>\n\nAction: " + action +
           "\nDiagnostic-Code: smtp; 550 no such user\n\n" + id + "\n";
}

TEST(BouncedMail, completes_what_was_given) {
    Given given{.verb = "outbox bounce", .configuration_file = "", .values = {}};
    std::istringstream input(report("failed", "Message-ID: <ours@provider.example>"));
    EXPECT_FALSE(complete_bounce(given, input));
    EXPECT_EQ(given.text("message"), "ours@provider.example");
    EXPECT_EQ(given.text("diagnostic"), "550 no such user");
}

TEST(BouncedMail, leaves_what_was_said_as_it_is) {
    Given given{.verb = "outbox bounce", .configuration_file = "", .values = {{"message", {"mine@x"}}}};
    std::istringstream input(report("failed", "Message-ID: <ours@provider.example>"));
    EXPECT_FALSE(complete_bounce(given, input));
    EXPECT_EQ(given.text("message"), "mine@x");
    EXPECT_FALSE(given.has("diagnostic"));
    given.values = {{"diagnostic", {"by phone"}}};
    EXPECT_FALSE(complete_bounce(given, input));
    EXPECT_EQ(given.text("diagnostic"), "by phone");
}

TEST(BouncedMail, that_has_not_failed_is_nothing_to_do_and_no_error) {
    Given given;
    std::istringstream input(report("delayed", "Message-ID: <ours@provider.example>"));
    const auto answer = complete_bounce(given, input);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->exit_code, exit_ok);
    EXPECT_THAT(answer->message, HasSubstr("delayed"));
    EXPECT_FALSE(given.has("message"));
}

TEST(BouncedMail, that_is_no_report_or_names_no_message_is_refused_with_what_to_do) {
    for (const std::string& mail : {std::string("Subject: I am away\n\nMessage-ID: <ours@provider.example>\n"), report("failed", "")}) {
        Given given;
        std::istringstream input(mail);
        const auto answer = complete_bounce(given, input);
        ASSERT_TRUE(answer) << mail;
        EXPECT_EQ(answer->exit_code, exit_failed);
        EXPECT_THAT(answer->message, HasSubstr("hinomi outbox bounce MESSAGE-ID"));
    }
}

TEST(BouncedMail, is_taken_to_its_end_however_long_it_is) {
    Given given;
    std::istringstream input(report("failed", "Message-ID: <ours@provider.example>") + std::string(5 << 20, 'x'));
    EXPECT_FALSE(complete_bounce(given, input));
    EXPECT_EQ(input.peek(), std::istringstream::traits_type::eof());
}

} // namespace
} // namespace hinomi

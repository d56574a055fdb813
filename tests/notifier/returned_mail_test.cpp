#include "notifier/returned_mail.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace notifier {
namespace {

constexpr const char* ours = "0123456789abcdef0123456789abcdef@provider.example";

/// The samples that fuzzing begins with.
std::string sample(const std::string& name) {
    std::ifstream file(std::string{HINOMI_TEST_DATA} + "/../fuzz/corpus/returned_mail_fuzz/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>{file}, {}};
}

struct Case {
    std::string name;
    std::string mail;
    ReturnedMail said;
};

TEST(ReturnedMails, tell_which_mail_came_back_and_why) {
    const std::vector<Case> table{
        {"Postfix, with a folded reply",
         sample("postfix"),
         {.message_id = ours, .action = "failed", .diagnostic = "550 5.1.1 (address) Recipient address rejected: User unknown"}},
        {"Exim, with a folded id and no reply", sample("exim"), {.message_id = ours, .action = "failed", .diagnostic = "5.0.0"}},
        {"Exchange, two recipients and the id beside the status",
         sample("exchange"),
         {.message_id = ours, .action = "failed", .diagnostic = "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"}},
        {"a delay",
         sample("delayed"),
         {.message_id = ours, .action = "delayed", .diagnostic = "550 5.1.1 (address) Recipient address rejected: User unknown"}},
        {"somebody's vacation", sample("vacation"), {}},
        {"nothing", "", {}},
        {"a header without an end", "Action: failed\nMessage-ID: <a@b>", {}},
        {"an id of the report itself only",
         "Message-ID: <a@b>\n\nAction: failed\n",
         {.message_id = "", .action = "failed", .diagnostic = ""}},
        {"ids that are none", "\nMessage-ID: a@b\nMessage-ID: <ab>\nMessage-ID: <a\x01@b>\nMessage-ID: <a@b\n", {}},
        {"control characters",
         "\nAction: failed\nDiagnostic-Code: smtp; 550 \x1b[2J\xe2\x80\xae no\n",
         {.message_id = "", .action = "failed", .diagnostic = "550 [2J no"}},
    };
    for (const auto& [name, mail, said] : table) {
        const auto read = read_returned_mail(mail);
        EXPECT_EQ(read.message_id, said.message_id) << name;
        EXPECT_EQ(read.action, said.action) << name;
        EXPECT_EQ(read.diagnostic, said.diagnostic) << name;
    }
}

TEST(ReturnedMails, are_read_within_bounds) {
    const auto end = "\nMessage-ID: <late@b>\n";
    EXPECT_EQ(read_returned_mail("\n" + std::string(largest_returned_mail, '\n') + end).message_id, "");
    EXPECT_EQ(read_returned_mail("\n" + std::string(1'000, '\n') + end).message_id, "late@b");
    EXPECT_EQ(read_returned_mail("\nMessage-ID: <" + std::string(1'000, 'a') + "@b>\n").message_id, "");
    std::string folded = "\nDiagnostic-Code: smtp;";
    for (int count = 0; count < 10'000; ++count) folded += " word\n";
    EXPECT_LE(read_returned_mail(folded).diagnostic.size(), 500U);
}

} // namespace
} // namespace notifier

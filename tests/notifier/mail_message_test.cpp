#include "notifier/mail_message.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace {

model::Notice sample() {
    model::Notice notice;
    notice.subject = "【障害速報】ポータル: 画面に接続できない状態を検知 (INC-20261123-01 第1報) 😀";
    notice.text = "■事象\n接続できません\n.\n終わり\x07\n";
    notice.html = "<p>接続できません</p>\n";
    notice.composed.wall = model::WallTime{model::Milliseconds{1'795'406'465'999}};  // 2026-11-23 04:01:05 UTC
    return notice;
}

model::Envelope envelope() {
    model::Envelope made;
    made.message_id = "abc123@provider.example";
    made.in_reply_to = "first@provider.example";
    return made;
}

/// What Python's parser, which nobody here wrote, reads in the message.
std::string read_by_python(const std::string& message, const std::string& program) {
    const auto path = std::filesystem::temp_directory_path() / ("hinomi_mail_" + std::to_string(getpid()));
    std::ofstream(path, std::ios::binary) << message;
    const std::string command = "python3 -c \"import email,email.policy\nm=email.message_from_binary_file(open('" + path.string() +
                                "','rb'),policy=email.policy.default)\n" + program + "\"";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string output;
    for (int letter = std::fgetc(pipe.get()); letter != EOF; letter = std::fgetc(pipe.get())) output += static_cast<char>(letter);
    std::filesystem::remove(path);
    return output;
}

TEST(MailMessage, isReadBackByAnIndependentParser) {
    const auto message = notifier::mail_message(sample(), envelope(), "例示株式会社 <status@provider.example>", "it@acme.example");
    EXPECT_EQ(read_by_python(message,
                             "print(m['Subject'])\nprint(m['From'])\nprint(m['To'])\nprint(m['Date'])\nprint(m['Message-ID'])\n"
                             "print(m['In-Reply-To'],m['References'],m['Auto-Submitted'],m['MIME-Version'])"),
              "【障害速報】ポータル: 画面に接続できない状態を検知 (INC-20261123-01 第1報) 😀\n"
              "例示株式会社 <status@provider.example>\n"
              "it@acme.example\n"
              "Mon, 23 Nov 2026 04:01:05 +0000\n"
              "<abc123@provider.example>\n"
              "<first@provider.example> <first@provider.example> auto-generated 1.0\n");
    EXPECT_EQ(read_by_python(message,
                             "print([p.get_content_type() for p in m.walk()],m.defects)\n"
                             "print(repr(m.get_body(('plain',)).get_content()))\nprint(repr(m.get_body(('html',)).get_content()))"),
              "['multipart/alternative', 'text/plain', 'text/html'] "
              "[]\n'■事象\\r\\n接続できません\\r\\n.\\r\\n終わり\\r\\n'\n'<p>接続できません</p>\\r\\n'\n");
}

TEST(MailMessage, hasCrlfLinesOfAtMost76Columns) {
    auto notice = sample();
    for (int count = 0; count < 200; ++count) notice.text += "とても長い一行";
    const auto message = notifier::mail_message(notice, envelope(), "status@provider.example", "it@acme.example");
    std::size_t column = 0;
    for (std::size_t index = 0; index < message.size(); ++index) {
        const auto byte = static_cast<unsigned char>(message[index]);
        ASSERT_LT(byte, 0x7f) << "not 7-bit";
        if (byte == '\n') {
            ASSERT_EQ(message[index - 1], '\r');
            ASSERT_LE(column - 1, 76U);
            column = 0;
        } else {
            if (byte == '\r') ASSERT_EQ(message[index + 1], '\n');
            ++column;
        }
    }
    EXPECT_TRUE(message.ends_with("--\r\n"));
}

TEST(MailMessage, isTheSameOnEveryRetry) {
    EXPECT_EQ(notifier::mail_message(sample(), envelope(), "a@b.example", "c@d.example"),
              notifier::mail_message(sample(), envelope(), "a@b.example", "c@d.example"));
}

TEST(MailMessage, withoutHtmlIsOnePart) {
    auto notice = sample();
    notice.html.clear();
    auto first = envelope();
    first.in_reply_to.clear();
    const auto message = notifier::mail_message(notice, first, "a@b.example", "c@d.example");
    EXPECT_EQ(
        read_by_python(message, "print(m.get_content_type(),m['In-Reply-To'],m['References'],m.defects)\nprint(repr(m.get_content()))"),
        "text/plain None None []\n'■事象\\r\\n接続できません\\r\\n.\\r\\n終わり\\r\\n'\n");
}

} // namespace

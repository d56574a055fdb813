#include "notifier/mail_header.hpp"

#include "notifier/words_clean.hpp"
#include "tests/fakes/counting_random.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace {

std::string decode_base64(std::string_view text) {
    std::string decoded(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    EXPECT_GE(length, 0);
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    decoded.resize(decoded.size() - padding);
    return decoded;
}

std::vector<std::string> lines_of(std::string_view header) {
    std::vector<std::string> lines;
    while (!header.empty()) {
        const auto end = header.find("\r\n");
        EXPECT_NE(end, std::string_view::npos) << "a line without CRLF";
        if (end == std::string_view::npos) break;
        lines.emplace_back(header.substr(0, end));
        header.remove_prefix(end + 2);
    }
    return lines;
}

bool begins_a_character(const std::string& text) { return (static_cast<unsigned char>(text.at(0)) & 0xc0U) != 0x80U; }

/// The value as a reader sees it: unfolded, encoded words decoded, spaces between encoded words dropped (RFC 2047 6.2).
std::string read_value(const std::string& header, std::string_view name) {
    std::string value;
    bool after_encoded = false;
    bool first = true;
    std::string unfolded;
    for (const auto& line : lines_of(header)) unfolded += line;
    auto rest = std::string_view(unfolded).substr(name.size() + 1);
    while (!rest.empty()) {
        EXPECT_EQ(rest.front(), ' ');
        rest.remove_prefix(1);
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(word.size());
        const bool encoded = word.starts_with("=?UTF-8?B?") && word.ends_with("?=");
        if (!first && !(encoded && after_encoded)) value += ' ';
        if (encoded) {
            const auto decoded = decode_base64(word.substr(10, word.size() - 12));
            EXPECT_TRUE(begins_a_character(decoded)) << "a character was split";
            EXPECT_LE(word.size(), 75U);
            value += decoded;
        } else {
            value += word;
        }
        after_encoded = encoded;
        first = false;
    }
    return value;
}

TEST(MailHeader, keepsAsciiReadable) {
    EXPECT_EQ(notifier::text_header("Subject", "[test] all is well"), "Subject: [test] all is well\r\n");
    EXPECT_EQ(notifier::text_header("Subject", ""), "Subject:\r\n");
}

TEST(MailHeader, foldsLongAsciiAtSpaces) {
    std::string long_text = "word0";
    for (int count = 1; count < 60; ++count) long_text += " word" + std::to_string(count);
    const auto header = notifier::text_header("Subject", long_text);
    EXPECT_GT(lines_of(header).size(), 4U);
    for (const auto& line : lines_of(header)) EXPECT_LE(line.size(), 76U);
    EXPECT_EQ(read_value(header, "Subject"), long_text);
}

TEST(MailHeader, encodesJapaneseInShortWordsThatDecodeBack) {
    std::string subject;
    for (int count = 0; count < 30; ++count) subject += "【障害速報】ポータル𠮷😀";
    const auto header = notifier::text_header("Subject", subject);
    for (const auto& line : lines_of(header)) EXPECT_LE(line.size(), 76U);
    EXPECT_EQ(read_value(header, "Subject"), subject);
}

TEST(MailHeader, encodesWhatWouldReadAsSomethingElse) {
    for (const auto& subject : std::vector<std::string>{"=?UTF-8?B?4pyT?=", "two  spaces", std::string(200, 'x'), std::string("a =?b")}) {
        const auto header = notifier::text_header("Subject", subject);
        for (const auto& line : lines_of(header)) EXPECT_LE(line.size(), 76U);
        EXPECT_EQ(read_value(header, "Subject"), notifier::clean(subject, 1'000));
    }
}

TEST(MailHeader, letsNobodyInjectAnotherHeader) {
    const std::string evil = std::string("ok\r\nBcc: thief@example.net\r\n\r\nbody") + char(0) + "more";
    for (const auto& header : {notifier::text_header("Subject", evil), notifier::mailbox_header("From", evil, "a@b\r\nBcc: x@y"),
                               notifier::mailbox_header("To", "", evil), notifier::id_header("Message-ID", evil)}) {
        const auto lines = lines_of(header);
        for (std::size_t index = 1; index < lines.size(); ++index) EXPECT_EQ(lines[index].front(), ' ') << header;
        for (const char letter : header)
            EXPECT_TRUE(static_cast<unsigned char>(letter) >= 0x20 || letter == '\r' || letter == '\n') << header;
        EXPECT_EQ(header.find("\r\n\r\n"), std::string::npos);
    }
}

TEST(MailHeader, randomTextDecodesBackAndStaysWithin76Columns) {
    fakes::CountingRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (auto length = random.next() % 120; length > 0; --length) {
            const auto dice = random.next();
            switch (dice % 6) {
            case 0: text += static_cast<char>(' ' + (dice >> 8) % 95); break;
            case 1: text += "é"; break;
            case 2: text += "障"; break;
            case 3: text += "😀"; break;
            case 4: text += static_cast<char>(dice >> 8); break;  // control characters and broken UTF-8 too
            default: text += ' '; break;
            }
        }
        const auto header = notifier::text_header("Subject", text);
        for (const auto& line : lines_of(header)) ASSERT_LE(line.size(), 76U) << header;
        const auto wanted = notifier::clean(text, 1'000);
        const auto seen = read_value(header, "Subject");
        ASSERT_EQ(seen, wanted) << header;
    }
}

TEST(MailHeader, namesTheProviderInFromOnlyIfThereIsAName) {
    EXPECT_EQ(notifier::mailbox_header("From", "", "a@b.example"), "From: a@b.example\r\n");
    EXPECT_EQ(notifier::mailbox_header("From", "Example Inc.", "a@b.example"), "From: \"Example Inc.\" <a@b.example>\r\n");
    EXPECT_EQ(notifier::mailbox_header("From", "例", "a@b.example"), "From: =?UTF-8?B?5L6L?= <a@b.example>\r\n");
    EXPECT_EQ(notifier::mailbox_header("From", "a\"b", "a@b.example"), "From: =?UTF-8?B?YSJi?= <a@b.example>\r\n");
}

TEST(MailHeader, readsMailboxes) {
    const auto plain = notifier::parse_mailbox("a@b.example");
    EXPECT_EQ(plain.display + "|" + plain.address, "|a@b.example");
    const auto named = notifier::parse_mailbox("\"Example Inc.\" <a@b.example>");
    EXPECT_EQ(named.display + "|" + named.address, "Example Inc.|a@b.example");
}

} // namespace

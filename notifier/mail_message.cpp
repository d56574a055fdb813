#include "notifier/mail_message.hpp"

#include "notifier/digest.hpp"
#include "notifier/mail_header.hpp"
#include "notifier/words_clean.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

namespace notifier {

namespace {

constexpr std::size_t longest_body = std::size_t{1} << 20;  // code points

/// RFC 5322 3.3, always in UTC: the texts inside carry the reader's zone.
std::string date_header(model::WallTime wall) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto midnight = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date{midnight};
    const std::chrono::weekday day{midnight};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(wall - midnight)};
    return fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} +0000\r\n", days[day.c_encoding()], static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

/// Base64 of the text with CRLF line ends, in lines of 76 columns.
std::string body_lines(std::string_view text) {
    constexpr std::size_t bytes_per_line = 57;
    std::string canonical;
    for (const char letter : clean(text, longest_body, Lines::several)) {
        if (letter == '\n') canonical += '\r';
        canonical += letter;
    }
    if (!canonical.ends_with('\n')) canonical += "\r\n";
    std::string lines;
    for (std::size_t at = 0; at < canonical.size(); at += bytes_per_line) {
        lines += base64(std::string_view(canonical).substr(at, bytes_per_line)) + "\r\n";
    }
    return lines;
}

std::string part(std::string_view type, std::string_view text) {
    return fmt::format("Content-Type: {}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", type, body_lines(text));
}

} // namespace

std::string mail_message(const model::Notice& notice, const model::Envelope& envelope, const std::string& from, const std::string& to) {
    const auto sender = parse_mailbox(from);
    std::string message = mailbox_header("From", sender.display, sender.address);
    message += mailbox_header("To", {}, to);
    message += text_header("Subject", notice.subject);
    message += date_header(notice.composed.wall);
    message += id_header("Message-ID", envelope.message_id);
    if (!envelope.in_reply_to.empty()) {
        message += id_header("In-Reply-To", envelope.in_reply_to);
        message += id_header("References", envelope.in_reply_to);
    }
    // RFC 3834: keeps vacation replies away
    message += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    if (notice.html.empty()) return message + part("text/plain", notice.text);
    // "=_" never occurs in base64, so the boundary cannot occur in a part
    const auto boundary = "=_" + sha256_hex(envelope.message_id).substr(0, 32);
    message += fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
    message += fmt::format("--{}\r\n{}--{}\r\n{}--{}--\r\n", boundary, part("text/plain", notice.text), boundary,
                           part("text/html", notice.html), boundary);
    return message;
}

} // namespace notifier

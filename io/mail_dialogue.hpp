#pragma once

#include "io/mail_transaction.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace io {

/// Follows an SMTP dialogue from its lines and keeps the caps: connect, each step up to DATA, the final answer.
/// Knows neither sockets nor a clock of its own. One thread only.
class MailDialogue {
public:
    /// `now` tells boot time.
    MailDialogue(const MailServer& server, std::function<model::Milliseconds()> now);

    void connected();
    void secured(std::string_view version);
    void said(std::string_view command);  ///< by us; credentials are recognised and never kept
    void replied(std::string_view line);  ///< by the relay: one line; what is no line of a reply is passed over
    void body_handed_over();              ///< the last byte; what follows is the final dot

    /// Whether the step under way has used up its cap; the result then says so.
    [[nodiscard]] bool expired();

    /// The result so far; `accepted` follows from the reply to the final dot alone.
    [[nodiscard]] const MailResult& result() const { return result_; }

private:
    void enter(MailStep step);
    void arm();
    void advance();

    const MailServer& server_;
    std::function<model::Milliseconds()> now_;
    MailResult result_;
    model::Milliseconds deadline_{0};
    std::string text_;                    // of the reply whose last line has not come
    bool asked_for_credentials_ = false;  // what we say next is a secret
    bool leaving_ = false;                // QUIT or RSET was said: what follows is no evidence
};

/// One line of a reply (RFC 5321, 4.2): three digits, then a space and text, a hyphen and text when more lines follow, or
/// nothing.
struct ReplyLine {
    std::uint16_t code = 0;
    bool last = true;
    std::string_view text;
};

/// Nothing when it is no such line, such as `2500 ok`: that must never pass for an acceptance.
std::optional<ReplyLine> parse_reply_line(std::string_view line);

/// Text of a relay or of an error, fit for evidence: printable, one line, at most 500 bytes.
std::string presentable(std::string_view text);

} // namespace io

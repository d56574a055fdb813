#pragma once

#include "io/clock.hpp"
#include "io/mail_transaction.hpp"

#include <functional>
#include <string_view>

namespace io {

/// Follows an SMTP dialogue from its lines and keeps the caps: connect, each step up to DATA, the final answer.
/// Knows nothing of sockets. One thread only.
class MailDialogue {
public:
    /// `on_cap` runs once when a step takes longer than its cap.
    MailDialogue(Clock& clock, const MailServer& server, std::function<void()> on_cap);
    ~MailDialogue();
    MailDialogue(const MailDialogue&) = delete;
    MailDialogue& operator=(const MailDialogue&) = delete;

    void connected();
    void secured(std::string_view version);
    void said(std::string_view command);  ///< by us; credentials are recognised and never kept
    void replied(std::string_view line);  ///< by the relay
    void body_handed_over();              ///< the last byte and the final dot

    /// The result so far; `accepted` follows from the reply to the final dot alone.
    [[nodiscard]] const MailResult& result() const { return result_; }

private:
    void enter(MailStep step);
    void arm();

    Clock& clock_;
    const MailServer& server_;
    std::function<void()> on_cap_;
    MailResult result_;
    Clock::TimerId timer_ = 0;
    bool leaving_ = false;  // QUIT or RSET was said: what follows is no evidence
};

/// Text of a relay or of an error, fit for evidence: printable, one line, at most 500 bytes.
std::string presentable(std::string_view text);

} // namespace io

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace notifier {

/// What the report of a mail server says about a mail of ours that came back (RFC 3464): the few lines of it that are needed, each
/// bounded. No parser of MIME: a report's parts are not encoded (RFC 3464, RFC 2045 6.4: only 7bit, 8bit and binary for messages and
/// delivery statuses), so that their fields stand at the beginning of lines below the report's own header.
struct ReturnedMail {
    std::string message_id;   ///< of the mail that came back, without brackets: Original-Message-ID, else the first Message-ID; or empty
    std::string action;       ///< in small letters: failed, delayed, delivered, relayed, expanded; empty: this is no report
    std::string diagnostic;   ///< what the other side said, in one line without addresses: Diagnostic-Code, else Status

    [[nodiscard]] bool failed() const { return action == "failed"; }
};

/// More than this of a report is not looked at; what is needed stands at its beginning and its middle, and our mails are smaller.
inline constexpr std::size_t largest_returned_mail = std::size_t{1} << 20;

/// Reads any bytes; of several recipients one that failed counts. `mail` may begin with the line `From ` of a mailbox.
ReturnedMail read_returned_mail(std::string_view mail);

} // namespace notifier

#pragma once

#include <string>
#include <string_view>

namespace notifier {

/// `NAME: VALUE` with its CRLF. ASCII stays readable and is folded at spaces; anything else becomes B-encoded UTF-8 words
/// (RFC 2047) that never split a character. No line is longer than 76 columns. Control characters cannot enter.
std::string text_header(std::string_view name, std::string_view value);

/// `NAME: DISPLAY <ADDRESS>`, or the bare address when there is no display name.
std::string mailbox_header(std::string_view name, std::string_view display, std::string_view address);

/// `NAME: <ID>`, for Message-ID, In-Reply-To and References.
std::string id_header(std::string_view name, std::string_view id);

struct Mailbox {
    std::string display;  ///< may be empty
    std::string address;
};

/// Reads `ADDRESS` or `NAME <ADDRESS>`, `"NAME" <ADDRESS>`.
Mailbox parse_mailbox(std::string_view text);

/// An address or id without what could end it early: control characters, spaces and angle brackets go. At most 900 bytes.
std::string bare(std::string_view address);

} // namespace notifier

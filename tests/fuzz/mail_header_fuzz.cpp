#include "notifier/mail_header.hpp"
#include "notifier/words_clean.hpp"

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

std::string decode_base64(std::string_view text) {
    std::string decoded(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    require(length == static_cast<int>(decoded.size()));
    decoded.resize(decoded.size() - (text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U));
    return decoded;
}

/// Every line ends with CRLF, is not too long, holds nothing but printable ASCII, and goes on only behind a space.
/// Returns the lines joined: unfolded.
std::string unfold(std::string_view header, std::size_t longest_line) {
    std::string unfolded;
    while (!header.empty()) {
        const auto end = header.find("\r\n");
        require(end != std::string_view::npos && end > 0 && end <= longest_line);
        const auto line = header.substr(0, end);
        require(unfolded.empty() || line.front() == ' ');
        for (const char letter : line) require(letter != '\r' && letter != '\n' && letter != '\0');
        unfolded += line;
        header.remove_prefix(end + 2);
    }
    return unfolded;
}

/// RFC 2047 6.2: the spaces between two encoded words do not count.
std::string read_value(std::string_view rest) {
    std::string value;
    bool after_encoded = false;
    bool first = true;
    while (!rest.empty()) {
        require(rest.front() == ' ');
        rest.remove_prefix(1);
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(word.size());
        const bool encoded = word.starts_with("=?UTF-8?B?") && word.ends_with("?=");
        if (!first && !(encoded && after_encoded)) value += ' ';
        if (encoded) {
            require(word.size() <= 75);
            const auto decoded = decode_base64(word.substr(10, word.size() - 12));
            require(!decoded.empty() && (static_cast<unsigned char>(decoded.front()) & 0xc0U) != 0x80U);
            value += decoded;
        } else {
            value += word;
        }
        after_encoded = encoded;
        first = false;
    }
    return value;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{data, data + size};
    const auto subject = unfold(notifier::text_header("Subject", input), 76);
    require(read_value(std::string_view(subject).substr(8)) == notifier::clean(input, 1'000));
    const auto mailbox = notifier::parse_mailbox(input);
    unfold(notifier::mailbox_header("From", mailbox.display, mailbox.address), 998);
    unfold(notifier::id_header("Message-ID", input), 998);
    return 0;
}

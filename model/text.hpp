#pragma once

#include <cstddef>
#include <string_view>

namespace model {

/// At most `limit` bytes of the text, never ending inside a UTF-8 character. `text` is valid UTF-8.
constexpr std::string_view cut_bytes(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
    return text.substr(0, limit);
}

} // namespace model

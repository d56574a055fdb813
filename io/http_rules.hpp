#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace io {

/// What both HTTP engines hold an answer to, so that they judge alike.

/// Nobody asks for it, and what follows is no answer (RFC 9110, 15.2.2).
inline constexpr std::uint16_t switching_protocols = 101;

/// ASCII only, as names of headers are compared.
constexpr char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

constexpr bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char one, char other) { return lower(one) == lower(other); });
}

/// We ask for no coding of the transfer, so that none but chunks can come (RFC 9112, 7).
constexpr bool is_known_coding(std::string_view value) { return same_name(value, "chunked") || same_name(value, "identity"); }

} // namespace io

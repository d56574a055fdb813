#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace io {

/// What both HTTP engines hold an answer to, so that they judge alike.

/// Nobody asks for it, and what follows is no answer (RFC 9110, 15.2.2).
inline constexpr std::uint16_t switching_protocols = 101;

/// RFC 9110, section 15: three digits, the first of which says what kind of answer it is.
inline constexpr std::uint16_t lowest_status = 100;

/// The status of a status line, behind a version that we ask for; empty when it is none.
constexpr std::string_view status_in(std::string_view line) {
    const auto end = std::min(line.find(' '), line.size());
    const auto version = line.substr(0, end);
    if (version != "HTTP/1.1" && version != "HTTP/1.0" && version != "HTTP/2") return {};
    const auto begin = std::min(line.find_first_not_of(' ', end), line.size());
    const auto word = line.substr(begin, line.find_first_of(" \r\n", begin) - begin);
    const bool digits = std::ranges::all_of(word, [](char letter) { return letter >= '0' && letter <= '9'; });
    return digits && word.size() == 3 && word.front() != '0' ? word : std::string_view{};
}

/// ASCII only, as names of headers are compared.
constexpr char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

constexpr bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char one, char other) { return lower(one) == lower(other); });
}

/// We ask for no coding of the transfer, so that none but chunks can come (RFC 9112, 7).
constexpr bool is_known_coding(std::string_view value) { return same_name(value, "chunked") || same_name(value, "identity"); }

} // namespace io

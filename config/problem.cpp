#include "config/problem.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace config {

std::string describe(const Position& position) {
    std::string place = position.file;
    if (position.line > 0) place += fmt::format(":{}", position.line);
    if (position.line > 0 && position.column > 0) place += fmt::format(":{}", position.column);
    return place;
}

std::string describe(const Problem& problem) {
    const auto place = describe(problem.position);
    return fmt::format("{}{}{}: {}{}{}", place, place.empty() ? "" : ": ", problem.warning ? "warning" : "error", problem.text,
                       problem.remedy.empty() ? "" : ". ", problem.remedy);
}

std::string shown(std::string_view value) {
    constexpr std::size_t most = 60;
    std::string text = "\"";
    std::size_t characters = 0;
    for (const char raw : value) {
        const auto byte = static_cast<unsigned char>(raw);
        const bool continues = (byte & 0xC0U) == 0x80U;
        if (!continues && ++characters > most) return text + "...\"";
        if (byte < 0x20 || byte == 0x7F) text += fmt::format("\\x{:02x}", byte);
        else text += raw;
    }
    return text + "\"";
}

bool any_error(const Problems& problems) {
    return std::ranges::any_of(problems, [](const Problem& problem) { return !problem.warning; });
}

} // namespace config

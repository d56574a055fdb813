#include "notifier/words_clean.hpp"

#include <array>
#include <cstdint>

namespace notifier {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

struct Character {
    char32_t code = 0;
    std::size_t size = 1;
    bool valid = false;
};

// One character at `at`, by the table of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character decode(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
    const std::uint8_t lead = byte(at);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return {};
    char32_t code = lead & (0xFFU >> (size + 1));
    for (std::size_t next = 1; next < size; ++next) {
        if (at + next >= text.size() || (byte(at + next) & 0xC0U) != 0x80U) return {0, next, false};
        code = (code << 6U) | (byte(at + next) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {0, size, false};
    return {code, size, true};
}

bool is_break(char32_t code) { return code == '\n' || code == '\r' || code == '\t' || code == 0x85 || code == 0x2028 || code == 0x2029; }

bool is_dangerous(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0xAD || code == 0x61C || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

} // namespace

std::string clean(std::string_view text, std::size_t limit, Lines lines) {
    std::string out;
    out.reserve(text.size());
    std::size_t count = 0;
    std::size_t before_last = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const Character character = decode(text, at);
        std::string_view piece = character.valid ? text.substr(at, character.size) : replacement;
        at += character.size;
        if (character.valid && is_break(character.code)) {
            if (character.code == '\r' && at < text.size() && text[at] == '\n') continue;
            piece = lines == Lines::several && character.code != '\t' ? "\n" : " ";
        } else if (character.valid && is_dangerous(character.code)) {
            continue;
        }
        if (count == limit) {
            if (limit > 0) out.replace(before_last, std::string::npos, ellipsis);
            break;
        }
        before_last = out.size();
        out += piece;
        ++count;
    }
    const std::size_t first = out.find_first_not_of(" \n");
    if (first == std::string::npos) return {};
    return out.substr(first, out.find_last_not_of(" \n") - first + 1);
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char character : text) {
        switch (character) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;  // &apos; is unknown to old mail programs
        default: out += character;
        }
    }
    return out;
}

} // namespace notifier

#include "probes/detail.hpp"

#include "model/text.hpp"

#include <algorithm>
#include <cstdint>

#include <re2/re2.h>

namespace probes {

namespace {

constexpr std::size_t longest_detail = 4'096;
constexpr std::size_t longest_excerpt = 500;
constexpr std::size_t excerpt_source = 2'048;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Length of the UTF-8 character at the start of `text`; 0 when it is broken.
std::size_t character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (text.size() < length || !std::ranges::all_of(text.substr(1, length - 1), continues_character)) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
                       (lead == 0xF4 && second > 0x8F);
    return wrong ? 0 : length;
}

/// One line of valid UTF-8: line breaks and tabs become a space, other control characters (C1 too) go.
std::string one_line(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto length = character_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        if (length == 0) result += "\xEF\xBF\xBD";
        else if (byte == '\n' || byte == '\r' || byte == '\t') result += ' ';
        else if (byte >= 0x20 && byte != 0x7F && !c1) result += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

/// What looks like a secret, by the word before it.
std::string redacted(std::string text) {
    constexpr std::size_t shortest_secret = 12;  // "basic" and six letters, for want of a colon
    if (text.size() < shortest_secret && text.find_first_of(":=") == std::string::npos) return text;
    static const RE2 any(R"((?i)authorization|cookie|bearer|basic|digest|negotiate|passw|passphrase|secret|token|api[_-]?key|session|://)");
    if (!RE2::PartialMatch(text, any)) return text;
    static const RE2 header(R"((?i)((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^"'<]+)");
    static const RE2 scheme(R"((?i)\b(bearer|basic|digest|negotiate)\s+[a-z0-9+/._~=-]{6,})");
    static const RE2 field(R"((?i)(passw(?:or)?d|passphrase|secret|token|api[_-]?key|session[_-]?id)(["']?\s*[:=]\s*["']?)[^"'\s&,;<]+)");
    static const RE2 user_info(R"(://[^/\s@"'<]+@)");
    RE2::GlobalReplace(&text, header, R"(\1\2[redacted])");
    RE2::GlobalReplace(&text, scheme, R"(\1 [redacted])");
    RE2::GlobalReplace(&text, field, R"(\1\2[redacted])");
    RE2::GlobalReplace(&text, user_info, "://[redacted]@");
    return text;
}

/// At most `limit` bytes, never ending inside a character; the last one an ellipsis where something was cut.
std::string cut(std::string text, std::size_t limit) {
    constexpr std::string_view ellipsis = "\xE2\x80\xA6";
    if (text.size() <= limit) return text;
    text.resize(model::cut_bytes(text, limit - ellipsis.size()).size());
    return text.append(ellipsis);
}

} // namespace

std::string detail_of(std::string_view text) { return cut(redacted(one_line(text.substr(0, 2 * longest_detail))), longest_detail); }

std::string excerpt_of(std::string_view body) { return cut(redacted(one_line(body.substr(0, excerpt_source))), longest_excerpt); }

} // namespace probes

#include "config/source_text.hpp"

#include <algorithm>

namespace config {

namespace {

constexpr std::size_t most_reported = 10;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Length of the UTF-8 character at the start of `text`; 0 when it is broken.
std::size_t character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    if (!std::ranges::all_of(text.substr(1, length - 1), continues_character)) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second > 0x9F;
    const bool beyond = lead == 0xF4 && second > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

bool forbidden_control(char raw) {
    const auto byte = static_cast<unsigned char>(raw);
    return (byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7F;
}

} // namespace

void ColumnCounter::go_to_line(std::uint32_t line) {
    if (line < line_) {
        line_ = 1;
        line_start_ = 0;
    }
    while (line_ < line) {
        const auto end = text_.find('\n', line_start_);
        if (end == std::string_view::npos) break;
        line_start_ = end + 1;
        ++line_;
    }
    bytes_ = 0;
    characters_ = 0;
}

std::uint32_t ColumnCounter::column(std::uint32_t line, std::size_t bytes) {
    if (line != line_ || bytes < bytes_) go_to_line(line);
    for (; bytes_ < bytes && line_start_ + bytes_ < text_.size(); ++bytes_) {
        if (!continues_character(text_[line_start_ + bytes_])) ++characters_;
    }
    return characters_ + 1;
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

Problems check_text(std::string_view text, const std::string& file) {
    Problems problems;
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    bool indentation = true;
    for (std::size_t place = 0; place < text.size() && problems.size() < most_reported; ++column) {
        const auto length = character_length(text.substr(place));
        if (length == 0) {
            problems.push_back({{file, line, column}, "a byte that is not UTF-8", "Save the file as UTF-8"});
            return problems;
        }
        const char byte = text[place];
        place += length;
        if (byte == '\n') {
            ++line;
            column = 0;
            indentation = true;
            continue;
        }
        if (forbidden_control(byte)) problems.push_back({{file, line, column}, "a control character", "Remove it"});
        if (byte == '\t' && indentation) {
            problems.push_back({{file, line, column}, "a tab in the indentation", "Indent with spaces"});
            indentation = false;
        }
        if (byte != ' ') indentation = false;
    }
    return problems;
}

} // namespace config

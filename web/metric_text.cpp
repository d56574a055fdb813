#include "web/metric_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace web {

namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char letter : text) {
        if (letter == '\\') out += "\\\\";
        else if (letter == '\n') out += "\\n";
        else if (letter == '"' && quotes) out += "\\\"";
        else out += letter;
    }
}

/// `.` and the lowest digits of `number`.
void append_decimals(std::string& out, std::uint64_t number, int digits) {
    std::array<char, 8> text{};
    for (int place = digits; place > 0; --place) {
        text[static_cast<std::size_t>(place)] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    text[0] = '.';
    out.append(text.data(), static_cast<std::size_t>(digits) + 1);
}

} // namespace

void append_family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out.append("# HELP ").append(name) += ' ';
    append_escaped(out, help, /*quotes=*/false);
    out.append("\n# TYPE ").append(name) += ' ';
    out.append(type) += '\n';
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty() && out.back() == '"') out += ',';
    out.append(name).append("=\"");
    append_escaped(out, value, /*quotes=*/true);
    out += '"';
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 24> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    out.append(text.data(), written.ptr);
}

void append_number(std::string& out, double number) {
    if (std::isnan(number)) out += "NaN";
    else if (std::isinf(number)) out += number > 0 ? "+Inf" : "-Inf";
    else {
        std::array<char, 32> text{};
        const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
        out.append(text.data(), written.ptr);
    }
}

void append_milliseconds(std::string& out, std::int64_t milliseconds) {
    if (milliseconds < 0) out += '-';
    const auto size = milliseconds < 0 ? ~static_cast<std::uint64_t>(milliseconds) + 1 : static_cast<std::uint64_t>(milliseconds);
    append_number(out, size / 1'000);
    append_decimals(out, size % 1'000, 3);
}

void append_microseconds(std::string& out, std::uint64_t microseconds) {
    append_number(out, microseconds / 1'000'000);
    append_decimals(out, microseconds % 1'000'000, 6);
}

} // namespace web

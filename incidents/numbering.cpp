#include "incidents/numbering.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace incidents {

namespace {

std::uint32_t highest_in_memory(const Book& book, const std::string& prefix) {
    std::uint32_t highest = 0;
    for (auto incident = book.incidents.lower_bound(prefix); incident != book.incidents.end() && incident->first.starts_with(prefix);
         ++incident) {
        if (const auto parsed = parse_number(incident->first)) highest = std::max(highest, parsed->second);
    }
    return highest;
}

} // namespace

model::IncidentId next_number(const Book& book, const std::string& date) {
    const auto prefix = "INC-" + date + "-";
    const auto used = book.numbers.find(date);
    const auto number = std::to_string((used != book.numbers.end() ? used->second : highest_in_memory(book, prefix)) + 1);
    return prefix + (number.size() < 2 ? "0" + number : number);
}

std::optional<std::pair<std::string, std::uint32_t>> parse_number(const model::IncidentId& id) {
    const std::string_view text = id;
    const auto first = text.find('-');
    const auto last = text.rfind('-');
    if (last == std::string_view::npos || first == last) return std::nullopt;
    std::uint32_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + last + 1, end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return std::pair{std::string(text.substr(first + 1, last - first - 1)), number};
}

} // namespace incidents

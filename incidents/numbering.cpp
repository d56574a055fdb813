#include "incidents/numbering.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace incidents {

namespace {

/// Date and number of `PREFIX-20261123-01`; nothing for a text of another form.
std::optional<std::pair<std::string, std::uint32_t>> parse(std::string_view id, std::string_view prefix) {
    if (!id.starts_with(prefix) || !id.substr(prefix.size()).starts_with('-')) return std::nullopt;
    const auto last = id.rfind('-');
    const auto first = prefix.size();
    if (first == last) return std::nullopt;
    std::uint32_t number = 0;
    const auto* end = id.data() + id.size();
    const auto parsed = std::from_chars(id.data() + last + 1, end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return std::pair{std::string(id.substr(first + 1, last - first - 1)), number};
}

} // namespace

void NumberSeries::count(const std::string& id) {
    const auto parsed = parse(id, prefix_);
    if (!parsed) return;
    const auto& [date, number] = *parsed;
    if (date > latest_.date || (date == latest_.date && number > latest_.number)) latest_ = {date, number, id};
    if (number > highest_.number) highest_ = {date, number, id};
}

std::string NumberSeries::next(const std::string& date) const {
    const auto used = date > latest_.date ? 0U : date == latest_.date ? latest_.number : highest_.number;
    const auto number = std::to_string(used + 1);
    return prefix_ + "-" + date + "-" + (number.size() < 2 ? "0" + number : number);
}

} // namespace incidents

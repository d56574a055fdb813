#include "config/values.hpp"

#include <algorithm>
#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

namespace config {

namespace {

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

bool is_local_part(std::string_view text) {
    static constexpr std::string_view also = "!#$%&'*+-/=?^_`{|}~.";
    const auto fits = [](char letter) { return is_letter_or_digit(letter) || also.find(letter) != std::string_view::npos; };
    return !text.empty() && text.size() <= 64 && text.front() != '.' && text.back() != '.' && std::ranges::all_of(text, fits);
}

bool is_domain(std::string_view text) {
    const auto fits = [](char letter) { return is_letter_or_digit(letter) || letter == '-' || letter == '.'; };
    return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
           std::ranges::all_of(text, fits);
}

/// Every zone of the machine; empty when it has no tz database.
std::vector<std::string> zone_names() {
    std::vector<std::string> names;
    try {
        for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
    } catch (const std::exception&) {
        names.clear();  // the caller says what to install
    }
    return names;
}

/// Links such as Japan are no zones of the list, but are found by name.
bool has_zone(const std::string& name) {
    try {
        return date::locate_zone(name) != nullptr;
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace

bool is_name(std::string_view name, const Position& position, Problems& problems) {
    const auto fits = [](char letter) { return is_letter_or_digit(letter) || letter == '.' || letter == '_' || letter == '-'; };
    if (!name.empty() && name.size() <= 64 && is_letter_or_digit(name.front()) && std::ranges::all_of(name, fits)) return true;
    problems.push_back({position, fmt::format("{} cannot be a name", shown(name)),
                        "Use letters a-z, digits, dots, dashes and underscores, at most 64; a title may hold any text"});
    return false;
}

std::optional<std::string> read_mail_address(const Node& node, Problems& problems) {
    auto text = read_string(node, problems);
    if (!text) return std::nullopt;
    const auto at = text->rfind('@');
    const std::string_view view = *text;
    if (at != std::string::npos && text->size() <= 254 && is_local_part(view.substr(0, at)) && is_domain(view.substr(at + 1))) return text;
    problems.push_back(
        {node.position(), fmt::format("{} is not a mail address", shown(view)), "Write LOCAL@DOMAIN, without a name or brackets"});
    return std::nullopt;
}

std::optional<std::string> read_time_zone(const Node& node, Problems& problems) {
    auto text = read_string(node, problems);
    if (!text || has_zone(*text)) return text;
    const auto names = zone_names();
    // An abbreviation such as JST is close to other abbreviations only: none of them is meant.
    const bool whole = text->find('/') != std::string::npos;
    const auto known = whole ? std::vector<std::string_view>(names.begin(), names.end()) : std::vector<std::string_view>{};
    problems.push_back({node.position(), fmt::format("the time zone {} is not known", shown(*text)),
                        names.empty() ? "Install the package tzdata" : suggest(*text, known, "Write a name such as Asia/Tokyo or UTC")});
    return std::nullopt;
}

std::optional<std::string> read_path(const Node& node, Problems& problems) {
    auto text = read_string(node, problems);
    if (!text || text->starts_with('/')) return text;
    problems.push_back({node.position(), fmt::format("the path {} is not absolute", shown(*text)), "Write the whole path from /"});
    return std::nullopt;
}

} // namespace config

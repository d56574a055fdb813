#include "config/document.hpp"
#include "config/document_content.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace config {

namespace {

std::string_view name_of(NodeKind kind) {
    switch (kind) {
    case NodeKind::null: return "nothing";
    case NodeKind::scalar: return "a single value";
    case NodeKind::list: return "a list";
    case NodeKind::map: return "a map";
    }
    return "nothing";
}

/// Whether there is a scalar to read; anything else but an absent node is a problem.
bool has_scalar(const Node& node, std::string_view expected, Problems& problems) {
    if (!node.present()) return false;
    if (node.kind() == NodeKind::scalar) return true;
    problems.push_back({node.position(), fmt::format("{} is expected here, and there is {}", expected, name_of(node.kind())),
                        node.kind() == NodeKind::null ? "Give a value, or remove the key" : "Write one value after the colon"});
    return false;
}

bool is_control(char raw) {
    const auto byte = static_cast<unsigned char>(raw);
    return byte < 0x20 || byte == 0x7F;
}

template <typename Number> std::optional<Number> whole_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Amount {
    std::int64_t count = 0;
    std::string_view unit;
};

/// `250ms` -> 250 and `ms`; nothing when there are no digits or too many.
std::optional<Amount> split_amount(std::string_view text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = whole_number<std::int64_t>(text.substr(0, end));
    if (!count) return std::nullopt;
    auto unit = text.substr(end);
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    return Amount{*count, unit};
}

std::optional<std::int64_t> milliseconds_per(std::string_view unit) {
    if (unit == "ms") return 1;
    if (unit == "s") return 1'000;
    if (unit == "min" || unit == "m") return 60'000;
    if (unit == "h") return 3'600'000;
    if (unit == "d") return 86'400'000;
    return std::nullopt;
}

std::optional<double> seconds_per(std::string_view unit) {
    if (unit == "s") return 1;
    if (unit == "min" || unit == "m") return 60;
    if (unit == "h") return 3'600;
    return std::nullopt;
}

} // namespace

std::optional<std::string> read_string(const Node& node, Problems& problems) {
    if (!has_scalar(node, "text", problems)) return std::nullopt;
    if (node.scalar().empty()) {
        problems.push_back({node.position(), "the text is empty", "Give a value, or remove the key"});
        return std::nullopt;
    }
    if (std::ranges::any_of(node.scalar(), is_control)) {
        problems.push_back({node.position(), "the text holds a line break or control character", "Write it in one line"});
        return std::nullopt;
    }
    return node.scalar();
}

std::optional<std::string> read_text(const Node& node, Problems& problems) {
    if (!has_scalar(node, "text", problems)) return std::nullopt;
    return node.scalar();
}

std::optional<bool> read_bool(const Node& node, Problems& problems) {
    if (!has_scalar(node, "true or false", problems)) return std::nullopt;
    if (!node.quoted() && node.scalar() == "true") return true;
    if (!node.quoted() && node.scalar() == "false") return false;
    problems.push_back(
        {node.position(), fmt::format("{} is neither true nor false", shown(node.scalar())), "Write true or false, without quotes"});
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node& node, std::int64_t lowest, std::int64_t highest, Problems& problems) {
    if (!has_scalar(node, "a whole number", problems)) return std::nullopt;
    const auto value = whole_number<std::int64_t>(node.scalar());
    const auto remedy = fmt::format("Write a whole number from {} to {}", lowest, highest);
    if (!value || node.quoted()) {
        problems.push_back({node.position(), fmt::format("{} is not a whole number", shown(node.scalar())), remedy});
        return std::nullopt;
    }
    if (*value < lowest || *value > highest) {
        problems.push_back({node.position(), fmt::format("{} is out of range", *value), remedy});
        return std::nullopt;
    }
    return value;
}

std::optional<double> read_number(const Node& node, double lowest, double highest, Problems& problems) {
    if (!has_scalar(node, "a number", problems)) return std::nullopt;
    const auto value = whole_number<double>(node.scalar());
    if (value && !node.quoted() && std::isfinite(*value) && *value >= lowest && *value <= highest) return value;
    const bool any = lowest == std::numeric_limits<double>::lowest() && highest == std::numeric_limits<double>::max();
    const auto range = any ? std::string() : fmt::format(" from {} to {}", lowest, highest);
    problems.push_back({node.position(), fmt::format("{} is not a number{}", shown(node.scalar()), range),
                        fmt::format("Write a number such as {}", std::min(99.5, highest))});
    return std::nullopt;
}

std::optional<model::Milliseconds> read_duration(const Node& node, Problems& problems) {
    constexpr std::int64_t longest = std::int64_t{10} * 366 * 86'400'000;
    if (!has_scalar(node, "a duration", problems)) return std::nullopt;
    const auto amount = split_amount(node.scalar());
    const auto unit = amount ? milliseconds_per(amount->unit) : std::nullopt;
    if (amount && amount->unit.empty()) {
        problems.push_back({node.position(), fmt::format("the duration {} has no unit", shown(node.scalar())),
                            fmt::format("Write {0}s, {0}min or {0}ms, as you mean it", amount->count)});
        return std::nullopt;
    }
    if (!unit) {
        problems.push_back({node.position(), fmt::format("{} is not a duration", shown(node.scalar())),
                            "Write a whole number with a unit: 250ms, 10s, 5min, 1h, 3d"});
        return std::nullopt;
    }
    if (amount->count > longest / *unit) {
        problems.push_back({node.position(), fmt::format("{} is longer than ten years", shown(node.scalar())), "Write a shorter duration"});
        return std::nullopt;
    }
    return model::Milliseconds{amount->count * *unit};
}

std::optional<model::Milliseconds> read_duration(const Node& node, model::Milliseconds lowest, model::Milliseconds highest,
                                                 Problems& problems) {
    const auto value = read_duration(node, problems);
    if (!value || (*value >= lowest && *value <= highest)) return value;
    problems.push_back({node.position(), fmt::format("{} is out of range", shown(*value)),
                        fmt::format("Write a duration from {} to {}", shown(lowest), shown(highest))});
    return std::nullopt;
}

std::string shown(model::Milliseconds duration) {
    const auto count = duration.count();
    if (count == 0) return "0s";
    if (count % 86'400'000 == 0) return fmt::format("{}d", count / 86'400'000);
    if (count % 3'600'000 == 0) return fmt::format("{}h", count / 3'600'000);
    if (count % 60'000 == 0 && count >= 120'000) return fmt::format("{}min", count / 60'000);
    if (count % 1'000 == 0) return fmt::format("{}s", count / 1'000);
    return fmt::format("{}ms", count);
}

std::optional<double> read_rate(const Node& node, Problems& problems) {
    if (!has_scalar(node, "a rate", problems)) return std::nullopt;
    const std::string_view text = node.scalar();
    const auto slash = std::min(text.find('/'), text.size());
    const auto count = whole_number<std::int64_t>(text.substr(0, slash));
    const auto seconds = slash < text.size() ? seconds_per(text.substr(slash + 1)) : std::nullopt;
    if (count && seconds && *count > 0 && *count <= 1'000'000) return static_cast<double>(*count) / *seconds;
    problems.push_back(
        {node.position(), fmt::format("{} is not a rate", shown(text)), "Write a whole number per s, min or h: 5/s, 300/min, 1000/h"});
    return std::nullopt;
}

std::vector<std::string> read_strings(const Node& node, Problems& problems) {
    std::vector<std::string> result;
    if (node.kind() != NodeKind::list) {
        if (auto text = read_string(node, problems)) result.push_back(std::move(*text));
        return result;
    }
    for (const auto& item : node.items()) {
        if (auto text = read_string(item, problems)) result.push_back(std::move(*text));
    }
    return result;
}

std::optional<std::string> read_word(const Node& node, const std::vector<std::string_view>& words, Problems& problems) {
    auto word = read_string(node, problems);
    if (!word || std::ranges::find(words, *word) != words.end()) return word;
    problems.push_back(
        {node.position(), fmt::format("{} is not known here", shown(*word)), suggest(*word, words, "Write one of: " + list_of(words))});
    return std::nullopt;
}

bool is_map(const Node& node, Problems& problems) {
    if (node.kind() == NodeKind::map) return true;
    if (node.kind() != NodeKind::null) {
        problems.push_back({node.position(), fmt::format("a map is expected here, and there is {}", name_of(node.kind())),
                            "Write KEY: VALUE lines, indented"});
    }
    return false;
}

bool is_list(const Node& node, Problems& problems) {
    if (node.kind() == NodeKind::list) return true;
    if (node.kind() != NodeKind::null) {
        problems.push_back({node.position(), fmt::format("a list is expected here, and there is {}", name_of(node.kind())),
                            "Begin each item with a dash, or write [a, b]"});
    }
    return false;
}

Node require(const Node& map, std::string_view key, std::string_view remedy, Problems& problems) {
    auto value = map.get(key);
    if (value.kind() != NodeKind::null) return value;
    problems.push_back({value.present() ? map.key_position(key) : map.position(),
                        fmt::format("the key {} {}", shown(key), value.present() ? "has no value" : "is missing"), std::string(remedy)});
    return {};
}

void refuse_unknown_keys(const Node& node, const std::vector<std::string_view>& known, Problems& problems) {
    if (node.kind() != NodeKind::map) return;
    for (const auto& entry : node.content()->entries) {
        if (std::ranges::find(known, entry.key) != known.end()) continue;
        problems.push_back(
            {entry.position, fmt::format("unknown key {}", shown(entry.key)), suggest(entry.key, known, "Known here: " + list_of(known))});
    }
}

} // namespace config

#include "probes/json_rules.hpp"

#include "probes/detail.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace probes {

namespace {

using Json = nlohmann::json;

constexpr int deepest = 64;

/// The document, or nothing when it is none. What is nested too deep is dropped while it is read.
std::optional<Json> parse(std::string_view body, bool& too_deep) {
    const auto keep = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    auto document = Json::parse(body.begin(), body.end(), keep, /*allow_exceptions=*/false);
    if (document.is_discarded()) return std::nullopt;
    return document;
}

/// A scalar as YAML means it: quoted is text; true, false, null and numbers are what they look like; all else is text.
Json value_of(const config::Node& node) {
    if (node.kind() == config::NodeKind::null) return nullptr;
    if (!node.quoted()) {
        auto plain = Json::parse(node.scalar(), nullptr, /*allow_exceptions=*/false);
        if (plain.is_number() || plain.is_boolean() || plain.is_null()) return plain;
    }
    return node.scalar();
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shown_value(const Json& value) {
    const auto text = excerpt_of(text_of(value));
    return value.is_string() ? config::shown(text) : text;
}

std::string shown_list(const std::vector<std::string>& values) { return fmt::format("{}", fmt::join(values, " or ")); }

/// Whether one of the JSON texts `values` is equal to `value`.
bool contains(const std::vector<std::string>& values, const Json& value) {
    return std::ranges::any_of(values, [&](const std::string& text) { return Json::parse(text) == value; });
}

std::vector<std::string> read_values(const config::Node& node, config::Problems& problems) {
    std::vector<std::string> values;
    for (const auto& item : node.kind() == config::NodeKind::list ? node.items() : std::vector{node}) {
        if (item.kind() == config::NodeKind::scalar || item.kind() == config::NodeKind::null) values.push_back(value_of(item).dump());
        else
            problems.push_back(
                {item.position(), "a JSON value is compared with a text, number, true, false or null", "Point at a single value"});
    }
    return values;
}

bool is_pointer(const std::string& text) {
    try {
        const Json::json_pointer pointer(text);
        return true;
    } catch (const Json::exception&) {
        return false;  // nlohmann has no other way to ask
    }
}

/// The value at `pointer`, or nothing.
const Json* find(const Json& document, const std::string& pointer) {
    const Json::json_pointer place(pointer);
    return document.contains(place) ? &document.at(place) : nullptr;
}

} // namespace

JsonRules JsonRules::read(const config::Node& map, config::Problems& problems) {
    JsonRules result;
    if (!config::is_map(map, problems)) return result;
    for (const auto& [pointer, node] : map.entries()) {
        if (is_pointer(pointer)) {
            result.rules_.push_back(read_rule(pointer, node, problems));
            continue;
        }
        problems.push_back({map.key_position(pointer), fmt::format("{} is no JSON Pointer", config::shown(pointer)),
                            "Write /key/0/key, with ~1 for a slash and ~0 for a tilde in a key"});
    }
    return result;
}

JsonRules::Rule JsonRules::read_rule(const std::string& pointer, const config::Node& node, config::Problems& problems) {
    Rule rule;
    rule.pointer = pointer;
    if (node.kind() == config::NodeKind::map) read_operations(rule, node, problems);
    else rule.any_of = read_values(node, problems);
    return rule;
}

void JsonRules::read_operations(Rule& rule, const config::Node& node, config::Problems& problems) {
    static constexpr std::array compares{
        std::pair{std::string_view("above"), Compare::above}, std::pair{std::string_view("below"), Compare::below},
        std::pair{std::string_view("at_least"), Compare::at_least}, std::pair{std::string_view("at_most"), Compare::at_most}};
    constexpr double largest = std::numeric_limits<double>::max();
    config::refuse_unknown_keys(
        node,
        {"equals", "not_equals", "above", "below", "at_least", "at_most", "contains", "not_contains", "matches", "not_matches", "present"},
        problems);
    rule.present = config::read_bool(node.get("present"), problems).value_or(true);
    if (node.get("equals").present()) rule.any_of = read_values(node.get("equals"), problems);
    if (node.get("not_equals").present()) rule.none_of = read_values(node.get("not_equals"), problems);
    for (const auto& [name, compare] : compares) {
        if (const auto limit = config::read_number(node.get(name), -largest, largest, problems)) rule.bounds.push_back({compare, *limit});
    }
    rule.text = TextRules::read(node, "", problems);
    if (!rule.present && node.entries().size() > 1) {
        problems.push_back({node.position(), "a value that must be absent cannot be anything else", "Keep only present: false"});
    }
}

bool JsonRules::holds(Compare compare, double number, double limit) {
    switch (compare) {
    case Compare::above: return number > limit;
    case Compare::below: return number < limit;
    case Compare::at_least: return number >= limit;
    case Compare::at_most: return number <= limit;
    }
    return false;
}

std::string_view JsonRules::word_of(Compare compare) {
    switch (compare) {
    case Compare::above: return "above";
    case Compare::below: return "below";
    case Compare::at_least: return "at least";
    case Compare::at_most: return "at most";
    }
    return {};
}

template <typename Document> std::optional<std::string> JsonRules::broken(const Rule& rule, const Document& document) {
    const auto name = rule.pointer.empty() ? std::string("the document") : rule.pointer;
    const auto* value = find(document, rule.pointer);
    if (!rule.present) return value == nullptr ? std::nullopt : std::optional(fmt::format("{} is there, and must not be", name));
    if (value == nullptr) return fmt::format("{} is not in the answer", name);
    const auto seen = shown_value(*value);
    if (!rule.any_of.empty() && !contains(rule.any_of, *value))
        return fmt::format("{} is {}, expected {}", name, seen, shown_list(rule.any_of));
    if (contains(rule.none_of, *value)) return fmt::format("{} is {}, and must not be", name, seen);
    for (const auto& bound : rule.bounds) {
        if (!value->is_number()) return fmt::format("{} is {}, expected a number", name, seen);
        if (!holds(bound.compare, value->template get<double>(), bound.limit))
            return fmt::format("{} is {}, expected {} {}", name, seen, word_of(bound.compare), bound.limit);
    }
    return rule.text.empty() ? std::nullopt : rule.text.broken_by(text_of(*value), name);
}

std::optional<std::string> JsonRules::broken_by(std::string_view body) const {
    if (rules_.empty()) return std::nullopt;
    bool too_deep = false;
    const auto document = parse(body, too_deep);
    if (too_deep) return fmt::format("the answer is JSON nested deeper than {}", deepest);
    if (!document) return "the answer is not JSON";
    for (const auto& rule : rules_) {
        if (auto text = broken(rule, *document)) return text;
    }
    return std::nullopt;
}

} // namespace probes

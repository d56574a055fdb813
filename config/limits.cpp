#include "config/limits.hpp"

#include "config/defaults.hpp"
#include "config/keys.hpp"

#include <charconv>

#include <fmt/format.h>

namespace config {

namespace {

constexpr model::Milliseconds longest_limit{30LL * 86'400'000};

/// A number that the checklist prints, `99.5` or `5`.
double number_of(const Profile& profile, std::string_view item) {
    const auto* found = profile.find(item);
    double value = 0;
    if (found != nullptr) std::from_chars(found->number.data(), found->number.data() + found->number.size(), value);
    return value;
}

/// `92d`, `3months` (31 days each), `5y` (366 days each): never shorter than the calendar has it.
std::optional<model::Milliseconds> read_period(const Node& node, Problems& problems) {
    constexpr std::int64_t day = 86'400'000;
    const std::string_view text = node.scalar();
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const bool sound = error == std::errc{} && count > 0 && count <= 1'000 && !node.quoted();
    if (sound && (unit == "months" || unit == "month")) return model::Milliseconds{count * 31 * day};
    if (sound && (unit == "y" || unit == "years" || unit == "year")) return model::Milliseconds{count * 366 * day};
    return read_duration(node, problems);
}

std::string reasoned(const std::string& remedy, const Weakening& weakening) {
    const auto name = weakening.key.substr(weakening.key.rfind('.') + 1);
    return fmt::format("{}, or {}: {{value: {}, weaker_than_profile: \"REASON\"}}", remedy, name, weakening.given);
}

} // namespace

LimitedValue read_limited(const Node& node, Problems& problems) {
    if (node.kind() != NodeKind::map) return {.value = node, .reason = {}};
    refuse_unknown_keys(node, "limit", problems);
    LimitedValue result;
    result.value = require(node, "value", "Write {value: X, weaker_than_profile: \"REASON\"}", problems);
    result.reason = read_string(node.get("weaker_than_profile"), problems).value_or("");
    return result;
}

model::Milliseconds LimitReader::limit(std::string_view item) const {
    const auto* found = profile_.find(item);
    return found == nullptr || !found->bound ? model::Milliseconds{0} : *found->bound;
}

bool LimitReader::excused(const LimitedValue& given, const Weakening& weakening, const std::string& text, const std::string& remedy,
                          Problems& problems) {
    if (given.reason.empty()) {
        problems.push_back({given.value.position(), text, reasoned(remedy, weakening)});
        return false;
    }
    weakenings_.push_back(weakening);
    weakenings_.back().reason = given.reason;
    weakenings_.back().position = given.value.position();
    return true;
}

std::optional<model::Milliseconds> LimitReader::at_most(const Node& node, std::string_view key, const Highest& highest,
                                                        Problems& problems) {
    const auto given = read_limited(node, problems);
    const auto value = read_duration(given.value, problems);
    if (!value) return std::nullopt;
    if (*value < shortest_interval || *value > longest_limit) {
        problems.push_back(
            {given.value.position(), fmt::format("{} {} cannot be kept", key, shown(*value)),
             *value < shortest_interval ? "Write at least " + shown(shortest_interval) : "Write at most " + shown(longest_limit)});
        return std::nullopt;
    }
    const auto tightest = highest.limit - highest.allowance;
    if (*value <= tightest) return value;
    const auto late = highest.allowance.count() > 0
                          ? fmt::format(" including {} of {}", shown(highest.allowance),
                                        highest.allowance > lateness_allowance ? "timeout and lateness" : "lateness")
                          : "";
    const auto text =
        fmt::format("{} {} is looser than the limit, {}{} ({})", key, shown(*value), shown(highest.limit), late, highest.item);
    const Weakening weakening{
        .item = highest.item, .key = std::string(key), .given = shown(*value), .limit = shown(highest.limit), .reason = {}, .position = {}};
    return excused(given, weakening, text, "Write at most " + shown(tightest), problems) ? value : std::nullopt;
}

std::optional<model::Milliseconds> LimitReader::at_most(const Node& node, std::string_view key, std::string_view item,
                                                        model::Milliseconds allowance, Problems& problems) {
    return at_most(node, key, Highest{.item = std::string(item), .limit = limit(item), .allowance = allowance}, problems);
}

std::optional<model::Milliseconds> LimitReader::at_most(const Node& node, std::string_view key, model::Milliseconds limit,
                                                        Problems& problems) {
    return at_most(node, key, Highest{.item = "hinomi's own", .limit = limit, .allowance = model::Milliseconds{0}}, problems);
}

std::optional<model::Milliseconds> LimitReader::period_at_least(const Node& node, std::string_view key, std::string_view item,
                                                                Problems& problems) {
    const auto given = read_limited(node, problems);
    const auto value = read_period(given.value, problems);
    if (!value) return std::nullopt;
    if (value->count() < 86'400'000) {
        problems.push_back({given.value.position(), fmt::format("{} {} is less than a day", key, shown(*value)), "Write a longer period"});
        return std::nullopt;
    }
    if (*value >= limit(item)) return value;
    const auto text = fmt::format("{} {} is shorter than the limit, {} ({})", key, shown(*value), shown(limit(item)), item);
    const Weakening weakening{.item = std::string(item),
                              .key = std::string(key),
                              .given = shown(*value),
                              .limit = shown(limit(item)),
                              .reason = {},
                              .position = {}};
    return excused(given, weakening, text, "Write at least " + shown(limit(item)), problems) ? value : std::nullopt;
}

std::optional<std::uint32_t> LimitReader::count_at_least(const Node& node, std::string_view key, std::string_view item,
                                                         std::uint32_t highest, Problems& problems) {
    const auto given = read_limited(node, problems);
    const auto value = read_integer(given.value, 1, highest, problems);
    if (!value) return std::nullopt;
    const auto lowest = static_cast<std::int64_t>(number_of(profile_, item));
    if (*value >= lowest) return static_cast<std::uint32_t>(*value);
    const Weakening weakening{.item = std::string(item),
                              .key = std::string(key),
                              .given = std::to_string(*value),
                              .limit = std::to_string(lowest),
                              .reason = {},
                              .position = {}};
    const auto text = fmt::format("{} {} is less than the limit, {} ({})", key, *value, lowest, item);
    if (!excused(given, weakening, text, fmt::format("Write at least {}", lowest), problems)) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<double> LimitReader::percent_at_least(const Node& node, std::string_view key, std::string_view item, Problems& problems) {
    const auto given = read_limited(node, problems);
    const auto value = read_number(given.value, 0, 100, problems);
    if (!value) return std::nullopt;
    const auto lowest = number_of(profile_, item);
    if (*value >= lowest) return value;
    const Weakening weakening{.item = std::string(item),
                              .key = std::string(key),
                              .given = fmt::format("{}", *value),
                              .limit = fmt::format("{}", lowest),
                              .reason = {},
                              .position = {}};
    const auto text = fmt::format("{} {} is less than the limit, {} ({})", key, *value, lowest, item);
    return excused(given, weakening, text, fmt::format("Write at least {}", lowest), problems) ? value : std::nullopt;
}

} // namespace config

#include "config/defaults.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/url.hpp"

#include <array>

#include <fmt/format.h>

namespace config {

namespace {

/// A limit of notices; without an item it is our own [P], and the default in model/tenant.hpp is its value.
struct DutyLimit {
    std::string_view key;
    model::Milliseconds model::DutyRules::* value;
    std::string_view item;
};
constexpr std::array<DutyLimit, 7> duty_limits{{{"first_alert", &model::DutyRules::first_alert, "III.1.1.1 b"},
                                                {"follow_up", &model::DutyRules::follow_up, "III.1.1.8"},
                                                {"follow_up_further", &model::DutyRules::follow_up_further, ""},
                                                {"recovery", &model::DutyRules::recovery, ""},
                                                {"blind_on_call", &model::DutyRules::blind_on_call, ""},
                                                {"blind_manager", &model::DutyRules::blind_manager, ""},
                                                {"line_manager", &model::DutyRules::line_manager, "III.3.2.5"}}};

struct Wait {
    std::string_view key;
    std::optional<model::Milliseconds> OutboxOverrides::* value;
};
constexpr std::array<Wait, 6> waits{{{"round_every", &OutboxOverrides::round_every},
                                     {"give_up_after", &OutboxOverrides::give_up_after},
                                     {"next_relay_after_4xx", &OutboxOverrides::next_relay_after_4xx},
                                     {"next_contact_after", &OutboxOverrides::next_contact_after},
                                     {"webhook_timeout", &OutboxOverrides::webhook_timeout},
                                     {"relay_suspect_for", &OutboxOverrides::relay_suspect_for}}};
constexpr Milliseconds longest_wait{30LL * 86'400'000};

/// A limit may be tightened freely, and loosened with a reason.
void read_limit(const Node& duties, const DutyLimit& limit, model::DutyRules& rules, LimitReader& limits, Problems& problems) {
    auto& value = rules.*limit.value;
    if (!limit.item.empty()) value = limits.limit(limit.item);
    const auto node = duties.get(limit.key);
    const auto path = fmt::format("duties.{}", limit.key);
    const auto given = limit.item.empty() ? limits.at_most(node, path, value, problems)
                                          : limits.at_most(node, path, limit.item, Milliseconds{0}, problems);
    value = given.value_or(value);
}

} // namespace

model::DutyRules read_duties(const Node& duties, LimitReader& limits, Problems& problems) {
    model::DutyRules rules;
    const bool given_any = is_map(duties, problems);
    for (const auto& limit : duty_limits) read_limit(given_any ? duties : Node{}, limit, rules, limits, problems);
    if (!given_any) return rules;
    refuse_unknown_keys(duties, "duties", problems);
    if (const auto given = read_duration(duties.get("grouping"), Milliseconds{0}, longest_grouping, problems)) rules.grouping = *given;
    const auto release = read_integer(duties.get("follow_up_release"), 1, 95, problems);
    if (release) rules.follow_up_release_percent = static_cast<std::uint32_t>(*release);
    if (const auto given = read_duration(duties.get("relapse_within"), Milliseconds{0}, Milliseconds{86'400'000}, problems))
        rules.relapse_within = *given;
    if (rules.grouping * 2 > rules.first_alert) {
        problems.push_back(
            {duties.position(),
             fmt::format("grouping {} takes more than half of first_alert {}", shown(rules.grouping), shown(rules.first_alert)),
             "Shorten grouping"});
    }
    return rules;
}

OutboxOverrides read_outbox(const Node& outbox, Problems& problems) {
    OutboxOverrides result;
    if (!is_map(outbox, problems)) return result;
    refuse_unknown_keys(outbox, "outbox", problems);
    for (const auto& wait : waits) result.*wait.value = read_duration(outbox.get(wait.key), shortest_interval, longest_wait, problems);
    const auto rounds = outbox.get("rounds");
    if (rounds.present() && rounds.kind() == NodeKind::null) read_string(rounds, problems);
    if (!is_list(rounds, problems)) return result;
    std::vector<model::Milliseconds> starts;
    for (const auto& item : rounds.items()) {
        const auto start = read_duration(item, Milliseconds{0}, longest_wait, problems);
        if (!start) continue;
        if (!starts.empty() && *start < starts.back() + shortest_interval) {
            problems.push_back({item.position(),
                                fmt::format("the round at {} does not come after the one at {}", shown(*start), shown(starts.back())),
                                "List the starts in order, 100ms apart or more: [0s, 15s, 45s]"});
        }
        starts.push_back(*start);
    }
    if (rounds.items().empty())
        problems.push_back({rounds.position(), "the list of rounds is empty", "Write rounds: [0s, 15s, 45s], or remove the key"});
    result.rounds = std::move(starts);
    return result;
}

ScheduleSettings read_schedule(const Node& schedule, Problems& problems) {
    ScheduleSettings result;
    if (!is_map(schedule, problems)) return result;
    refuse_unknown_keys(schedule, "schedule", problems);
    const auto read = [&](std::string_view key, std::int64_t highest, std::uint32_t otherwise) {
        const auto value = read_integer(schedule.get(key), 1, highest, problems);
        return value ? static_cast<std::uint32_t>(*value) : otherwise;
    };
    result.lanes = read("lanes", 64, result.lanes);
    result.per_destination = read("per_destination", 10'000, result.per_destination);
    result.in_flight = read("in_flight", 100'000, result.in_flight);
    return result;
}

std::optional<std::vector<std::string>> read_references(const Node& references, Problems& problems) {
    if (!references.present()) return std::nullopt;
    const std::string remedy =
        "Write numeric name servers: [192.0.2.53, \"192.0.2.54:5353\", \"[2001:db8::53]:53\"], hosts that answer echoes as "
        "\"icmp://192.0.2.1\", or none";
    const std::string_view by_echo = "icmp://";
    std::vector<std::string> result;
    if (references.kind() == NodeKind::scalar && references.scalar() == "none") return result;
    if (references.kind() != NodeKind::list) {
        problems.push_back({references.position(), "references is neither a list nor none", remedy});
        return result;
    }
    for (const auto& item : references.items()) {
        const auto text = read_string(item, problems);
        if (!text) continue;
        if (is_server(*text) || (text->starts_with(by_echo) && is_address(text->substr(by_echo.size())))) result.push_back(*text);
        else problems.push_back({item.position(), fmt::format("{} is not the numeric address of a name server", shown(*text)), remedy});
    }
    return result;
}

} // namespace config

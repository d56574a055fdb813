#include "config/defaults.hpp"
#include "config/document_content.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/url.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::string_view interval_limit_item = "III.1.1.1 a";  // a line is watched as any asset is

void read_times(const Node& node, LineSettings& line, LimitReader& limits, Problems& problems) {
    const auto key = fmt::format("lines.{}.every", line.name);
    if (const auto given = limits.at_most(node.get("every"), key, interval_limit_item, lateness_allowance, problems)) line.every = *given;
    line.timeout = std::min(default_timeout, line.every * 4 / 5);
    const auto timeout = node.get("timeout");
    if (const auto given = read_duration(timeout, shortest_timeout, line.every, problems)) line.timeout = *given;
    if (line.timeout >= line.every) {
        problems.push_back({timeout.position(),
                            fmt::format("the timeout {} is not shorter than the interval {}", shown(line.timeout), shown(line.every)),
                            "Shorten the timeout, or probe less often"});
    }
}

/// A watch of one target: no asset and no service, so that it never opens a customers' incident.
std::optional<WatchSettings> read_target(const Node& target, const LineSettings& line, const DescribeTarget& describe_target,
                                         LimitReader& limits, Problems& problems) {
    const auto facts = describe_target(target, problems);
    if (!facts) return std::nullopt;
    WatchSettings settings;
    settings.block = make_map({{.key = "target", .position = target.position(), .value = target}}, target.position());
    auto& watch = settings.watch;
    watch.id = fmt::format("line:{}/{}", line.name, line.targets.size() + 1);
    watch.probe_kind = facts->probe_kind;
    watch.target = target.scalar();
    watch.destination = facts->destination;
    watch.interval = line.every;
    watch.timeout = line.timeout;
    watch.interval_limit = std::max(limits.limit(interval_limit_item), line.every + lateness_allowance);
    watch.loopback = facts->loopback;
    watch.rules.edit().retry_after = std::min(watch.rules->retry_after, watch.interval);
    return settings;
}

void read_targets(const Node& node, LineSettings& line, const DescribeTarget& describe_target, LimitReader& limits, Problems& problems) {
    const auto list = require(node, "targets", "Add targets beyond the line: [\"icmp://ADDRESS\", \"tcp://ADDRESS:PORT\"]", problems);
    if (!is_list(list, problems)) return;
    std::set<std::string> known;
    for (const auto& item : list.items()) {
        const auto text = read_string(item, problems);
        if (!text) continue;
        if (!known.insert(*text).second) {
            problems.push_back({item.position(), "the same target is listed twice", "Name targets that fail independently of each other"});
        } else if (auto target = read_target(item, line, describe_target, limits, problems)) {
            line.targets.push_back(std::move(*target));
        }
    }
    if (known.size() < 2 && list.items().size() < 2) {
        problems.push_back({list.position(), "one target cannot tell the line's loss from its own",
                            "Name two or more, beyond the line and independent of each other"});
    }
}

void read_quorum(const Node& node, LineSettings& line, Problems& problems) {
    const auto count = static_cast<std::int64_t>(line.targets.size());
    line.quorum = static_cast<std::uint32_t>(count / 2 + 1);
    if (count == 0) return;
    const auto given = read_integer(node.get("quorum"), 1, count, problems);
    if (given) line.quorum = static_cast<std::uint32_t>(*given);
    if (given && *given * 2 <= count) {
        problems.push_back({node.get("quorum").position(), fmt::format("{} of {} targets lost: the line may well be up", *given, count),
                            "More than half is safer", /*warning=*/true});
    }
}

LineSettings read_line(const Node& node, const DescribeTarget& describe_target, LimitReader& limits, Problems& problems) {
    LineSettings line;
    line.position = node.position();
    refuse_unknown_keys(node, "line", problems);
    const auto name = require(node, "name", "Add name: NAME", problems);
    if (const auto text = read_string(name, problems); text && is_name(*text, name.position(), problems)) line.name = *text;
    const auto gateway = node.get("gateway");
    if (const auto text = read_string(gateway, problems)) {
        if (is_address(*text)) line.gateway = *text;
        else
            problems.push_back({gateway.position(), fmt::format("{} is not a numeric address", shown(*text)),
                                "Write the address of the line's near end, 192.0.2.1 or 2001:db8::1"});
    }
    read_times(node, line, limits, problems);
    read_targets(node, line, describe_target, limits, problems);
    read_quorum(node, line, problems);
    return line;
}

} // namespace

std::vector<LineSettings> read_lines(const Node& lines, const DescribeTarget& describe_target, LimitReader& limits, Problems& problems) {
    std::vector<LineSettings> result;
    if (!is_list(lines, problems)) return result;
    std::map<std::string, Position> known;
    for (const auto& node : lines.items()) {
        if (node.kind() != NodeKind::map) {
            problems.push_back({node.position(), "this is not a line", "Write - {name: NAME, gateway: ADDRESS, targets: [URL, URL]}"});
            continue;
        }
        auto line = read_line(node, describe_target, limits, problems);
        if (line.name.empty()) continue;
        const auto [first, is_new] = known.emplace(line.name, line.position);
        if (is_new) result.push_back(std::move(line));
        else
            problems.push_back({line.position,
                                fmt::format("the line {} is declared twice; first at {}", shown(line.name), describe(first->second)),
                                "Keep one, with all targets"});
    }
    return result;
}

} // namespace config

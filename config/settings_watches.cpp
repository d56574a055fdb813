#include "config/defaults.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"
#include "config/watch_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <fmt/format.h>

namespace config {

namespace {

using model::WatchClass;

struct ClassName {
    std::string_view name;
    WatchClass watch_class;
};
constexpr std::array<ClassName, 3> classes{
    {{"liveness", WatchClass::liveness}, {"fault", WatchClass::fault}, {"performance", WatchClass::performance}}};

/// Semantics 1.1: timeout < interval, and interval + 1 s <= the limit on completed probe starts.
void read_times(const Node& block, model::Watch& watch, LimitReader& limits, Problems& problems) {
    const auto item = interval_item(watch.watch_class);
    watch.interval_limit = limits.limit(item);
    watch.interval = default_interval(watch.watch_class);
    const auto key = watch.id + ".every";
    if (const auto given = limits.at_most(block.get("every"), key, item, lateness_allowance, problems)) watch.interval = *given;
    watch.interval_limit = std::max(watch.interval_limit, watch.interval + lateness_allowance);
    const auto timeout = block.get("timeout");
    watch.timeout = std::min(default_timeout, watch.interval * 4 / 5);
    if (const auto given = read_duration(timeout, shortest_timeout, watch.interval_limit, problems)) watch.timeout = *given;
    if (watch.timeout >= watch.interval) {
        problems.push_back({timeout.position(),
                            fmt::format("the timeout {} is not shorter than the interval {}", shown(watch.timeout), shown(watch.interval)),
                            "Shorten the timeout, or probe less often"});
    }
}

void read_confirmation(const Node& block, model::Watch& watch, Problems& problems) {
    auto& rules = watch.rules;
    rules.retry_after = std::min(rules.retry_after, watch.interval);
    rules.window_retry = std::min(rules.window_retry, watch.interval);
    const auto confirm = block.get("confirm");
    if (is_map(confirm, problems)) {
        refuse_unknown_keys(confirm, "confirm", problems);
        if (const auto failures = read_integer(confirm.get("failures"), 1, most_confirm_samples, problems)) {
            rules.confirm_failures = static_cast<std::uint32_t>(*failures);
            rules.confirm_window = rules.confirm_failures;
        }
        if (const auto window = read_integer(confirm.get("window"), 1, most_confirm_samples, problems)) {
            rules.confirm_window = static_cast<std::uint32_t>(*window);
        }
        if (rules.confirm_window < rules.confirm_failures) {
            problems.push_back(
                {confirm.get("window").position(),
                 fmt::format("{} failures never fit into a window of {} samples", rules.confirm_failures, rules.confirm_window),
                 "Make the window at least as large as failures"});
        }
        const auto retry = read_duration(confirm.get("retry_after"), shortest_interval, watch.interval, problems);
        if (retry) rules.retry_after = *retry;
    }
    const auto recover = block.get("recover");
    if (is_map(recover, problems)) {
        refuse_unknown_keys(recover, "recover", problems);
        const auto passes = read_integer(recover.get("passes"), 1, most_confirm_samples, problems);
        if (passes) rules.recover_passes = static_cast<std::uint32_t>(*passes);
    }
}

/// `p95` -> 95.
std::optional<std::uint32_t> percentile_of(std::string_view key) {
    std::uint32_t value = 0;
    if (key.size() != 3 || key.front() != 'p') return std::nullopt;
    const auto [end, error] = std::from_chars(key.data() + 1, key.data() + key.size(), value);
    if (error != std::errc{} || end != key.data() + key.size() || value < 50) return std::nullopt;
    return value;
}

/// `slower_than: {p95: 800ms}`, or `slower_than: 800ms` for the 95th percentile.
void read_threshold(const Node& node, model::JudgingRules& rules, Problems& problems) {
    constexpr Milliseconds lowest{1};
    constexpr Milliseconds highest{600'000};
    if (node.kind() == NodeKind::scalar) {
        if (const auto limit = read_duration(node, lowest, highest, problems)) rules.slower_than = *limit;
        return;
    }
    if (!is_map(node, problems)) return;
    const auto entries = node.entries();
    const auto percentile = entries.size() == 1 ? percentile_of(entries.front().first) : std::nullopt;
    if (!percentile) {
        problems.push_back(
            {node.position(), "slower_than needs exactly one percentile from p50 to p99", "Write slower_than: {p95: 800ms}"});
        return;
    }
    rules.percentile = *percentile;
    if (const auto limit = read_duration(entries.front().second, lowest, highest, problems)) rules.slower_than = *limit;
}

void read_performance(const Node& block, model::Watch& watch, Problems& problems) {
    if (watch.watch_class != WatchClass::performance) {
        for (const std::string_view key : {"slower_than", "window"}) {
            if (!block.get(key).present()) continue;
            problems.push_back(
                {block.key_position(key), fmt::format("{} is for performance watches only", key), "Move it into a performance block"});
        }
        return;
    }
    read_threshold(require(block, "slower_than", "Add the agreed threshold: slower_than: {p95: 800ms}", problems), watch.rules, problems);
    const auto window = block.get("window");
    if (!is_map(window, problems)) return;
    refuse_unknown_keys(window, "window", problems);
    constexpr Milliseconds longest{3'600'000};
    if (const auto given = read_duration(window.get("shortest"), shortest_interval, longest, problems)) watch.rules.window = *given;
    if (const auto given = read_integer(window.get("samples"), 1, 1'000, problems))
        watch.rules.window_samples = static_cast<std::uint32_t>(*given);
    if (const auto given = read_duration(window.get("retry_after"), shortest_interval, watch.interval, problems))
        watch.rules.window_retry = *given;
}

/// An old id belongs to one watch, and to none that is declared.
void refuse_clashing_old_ids(const std::vector<WatchSettings>& watches, Problems& problems) {
    std::map<std::string_view, const WatchSettings*> taken;
    for (const auto& declared : watches) taken[declared.watch.id] = &declared;
    for (const auto& declared : watches) {
        if (declared.watch.was.empty()) continue;
        const auto [other, is_new] = taken.emplace(declared.watch.was, &declared);
        if (is_new) continue;
        problems.push_back({declared.block.position(),
                            fmt::format("the watch {} cannot have been {}: that is {}", shown(declared.watch.id), shown(declared.watch.was),
                                        shown(other->second->watch.id)),
                            "Correct was, of the watch or of its asset"});
    }
}

/// Reads all watches and keeps what they have in common: the assets, and the ids that are taken.
class WatchReader {
public:
    WatchReader(Assets& assets, const DescribeTarget& describe_target, LimitReader& limits, Problems& problems)
        : assets_(assets), describe_target_(describe_target), limits_(limits), problems_(problems) {
        for (const auto& [name, asset] : assets) known_assets_.push_back(name);
    }

    void read_item(const Node& item) {
        if (!is_map(item, problems_)) return;
        refuse_unknown_keys(item, "watch", problems_);
        const auto node = require(item, "asset", "Add asset: NAME, as declared under assets", problems_);
        const auto asset = read_string(node, problems_);
        if (!asset) return;
        if (!assets_.contains(*asset)) {
            problems_.push_back({node.position(), fmt::format("the asset {} is not declared", shown(*asset)),
                                 suggest(*asset, known_assets_, "Declare it under assets")});
        }
        bool any = false;
        for (const auto& known : classes) {
            const auto block = item.get(known.name);
            any = any || block.present();
            read_class(*asset, known, block);
        }
        if (!any)
            problems_.push_back(
                {item.position(), fmt::format("the watch of {} has no class", shown(*asset)), "Add liveness, fault or performance"});
    }

    [[nodiscard]] std::vector<WatchSettings> take() { return std::move(watches_); }

private:
    void read_class(const std::string& asset, const ClassName& known, const Node& block) {
        if (block.present() && block.kind() == NodeKind::null) {
            problems_.push_back({block.position(), fmt::format("the {} watch of {} is empty", known.name, shown(asset)),
                                 "Add target: URL, or none: REASON"});
        }
        if (block.kind() != NodeKind::list) {
            if (is_map(block, problems_)) read_block(asset, known, block, /*in_list=*/false);
            return;
        }
        for (const auto& item : block.items()) {
            if (is_map(item, problems_)) read_block(asset, known, item, /*in_list=*/true);
        }
    }

    void read_block(const std::string& asset, const ClassName& known, const Node& block, bool in_list) {
        if (block.get("none").present()) {
            const auto reason = read_string(block.get("none"), problems_);
            const auto owner = assets_.find(asset);
            if (reason && owner != assets_.end()) owner->second.none[known.watch_class] = *reason;
            if (block.entries().size() > 1) {
                problems_.push_back({block.key_position("none"), "none says that there is no watch, and yet there are other keys",
                                     "Keep either none or the rest"});
            }
            return;
        }
        WatchSettings settings;
        settings.block = block;
        auto& watch = settings.watch;
        watch.asset = asset;
        watch.watch_class = known.watch_class;
        watch.id = fmt::format("{}/{}", asset, known.name);
        read_name(block, watch, in_list);
        if (const auto found = assets_.find(asset); found != assets_.end()) {
            watch.services = found->second.services;
            if (!found->second.was.empty()) watch.was = found->second.was + watch.id.substr(asset.size());
        }
        read_was(block, watch);
        read_times(block, watch, limits_, problems_);
        read_confirmation(block, watch, problems_);
        read_performance(block, watch, problems_);
        if (!read_target(block, watch)) return;
        const auto [place, is_new] = taken_.emplace(watch.id, block.position());
        if (!is_new) {
            problems_.push_back({block.position(),
                                 fmt::format("the watch {} is declared twice; first at {}", shown(watch.id), describe(place->second)),
                                 "Give each a name in a list: " + std::string(known.name) + ": [{name: NAME, target: URL}, ...]"});
            return;
        }
        watches_.push_back(std::move(settings));
    }

    void read_name(const Node& block, model::Watch& watch, bool in_list) {
        auto node = block.get("name");
        if (in_list) node = require(block, "name", "Add name: NAME to each item of the list", problems_);
        const auto name = read_string(node, problems_);
        if (name && is_name(*name, node.position(), problems_)) watch.id += "/" + *name;
    }

    /// A watch's own `was` counts before the one that follows from its asset's.
    void read_was(const Node& block, model::Watch& watch) {
        const auto node = block.get("was");
        const auto old = read_string(node, problems_);
        if (!old) return;
        const auto slashes = std::ranges::count(*old, '/');
        if (slashes == 1 || slashes == 2) watch.was = *old;
        else
            problems_.push_back({node.position(), fmt::format("{} is no id of a watch", shown(*old)),
                                 "Write the old id: ASSET/CLASS, or ASSET/CLASS/NAME"});
    }

    bool read_target(const Node& block, model::Watch& watch) {
        const auto target = require(block, "target", "Add target: URL", problems_);
        if (!target.present()) return false;
        const auto facts = describe_target_(target, problems_);
        if (!facts) return false;
        watch.target = target.scalar();
        watch.probe_kind = facts->probe_kind;
        watch.destination = facts->destination;
        watch.loopback = facts->loopback;
        return true;
    }

    Assets& assets_;
    const DescribeTarget& describe_target_;
    LimitReader& limits_;
    Problems& problems_;
    std::vector<std::string_view> known_assets_;
    std::map<std::string, Position> taken_;
    std::vector<WatchSettings> watches_;
};

} // namespace

const std::vector<std::string_view>& common_watch_keys() {
    static const auto names = keys_of("block");
    return names;
}

std::vector<WatchSettings> read_watches(const Node& watches, Assets& assets, const DescribeTarget& describe_target, LimitReader& limits,
                                        Problems& problems) {
    WatchReader reader(assets, describe_target, limits, problems);
    if (is_list(watches, problems)) {
        for (const auto& item : watches.items()) reader.read_item(item);
    }
    auto result = reader.take();
    refuse_clashing_old_ids(result, problems);
    return result;
}

} // namespace config

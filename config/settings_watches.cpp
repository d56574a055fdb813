#include "config/defaults.hpp"
#include "config/document_content.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/target_list.hpp"
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
    const auto timeout = block.get("timeout");
    const auto waits = read_duration(timeout, shortest_timeout, watch.interval_limit, problems);
    // a stop is seen when the sample that meets it has failed: that is judged, but for performance (1.2)
    const auto judged = watch.watch_class == WatchClass::performance ? model::Milliseconds{0} : waits.value_or(default_timeout);
    if (const auto given = limits.at_most(block.get("every"), key, item, judged + lateness_allowance, problems)) watch.interval = *given;
    watch.interval_limit = std::max(watch.interval_limit, watch.interval + judged + lateness_allowance);
    watch.timeout = waits.value_or(std::min(default_timeout, watch.interval * 4 / 5));
    if (watch.timeout >= watch.interval) {
        problems.push_back({timeout.position(),
                            fmt::format("the timeout {} is not shorter than the interval {}", shown(watch.timeout), shown(watch.interval)),
                            "Shorten the timeout, or probe less often"});
    }
}

void read_confirmation(const Node& block, const model::Watch& watch, model::JudgingRules& rules, Problems& problems) {
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

void read_performance(const Node& block, const model::Watch& watch, model::JudgingRules& rules, Problems& problems) {
    if (watch.watch_class != WatchClass::performance) {
        for (const std::string_view key : {"slower_than", "window"}) {
            if (!block.get(key).present()) continue;
            problems.push_back(
                {block.key_position(key), fmt::format("{} is for performance watches only", key), "Move it into a performance block"});
        }
        return;
    }
    read_threshold(require(block, "slower_than", "Add the agreed threshold: slower_than: {p95: 800ms}", problems), rules, problems);
    const auto window = block.get("window");
    if (!is_map(window, problems)) return;
    refuse_unknown_keys(window, "window", problems);
    constexpr Milliseconds longest{3'600'000};
    if (const auto given = read_duration(window.get("shortest"), shortest_interval, longest, problems)) rules.window = *given;
    if (const auto given = read_integer(window.get("samples"), 1, 1'000, problems))
        rules.window_samples = static_cast<std::uint32_t>(*given);
    if (const auto given = read_duration(window.get("retry_after"), shortest_interval, watch.interval, problems))
        rules.window_retry = *given;
}

/// What the kind of probe reads: the rest of the block is in the watch itself.
Node own_keys(const Node& block) {
    std::vector<Entry> own;
    for (const auto& entry : block.content()->entries) {
        if (find_key("block", entry.key) == nullptr) own.push_back(entry);
    }
    return make_map(std::move(own), block.position());
}

/// An old id belongs to one watch, and to none that is declared.
void refuse_clashing_old_ids(const std::vector<WatchSettings>& watches, Problems& problems) {
    std::map<std::string_view, const WatchSettings*> taken;
    for (const auto& declared : watches) taken[declared.watch.id] = &declared;
    for (const auto& declared : watches) {
        if (declared.watch.was->empty()) continue;
        const auto [other, is_new] = taken.emplace(*declared.watch.was, &declared);
        if (is_new) continue;
        problems.push_back({declared.block.position(),
                            fmt::format("the watch {} cannot have been {}: that is {}", shown(declared.watch.id),
                                        shown(*declared.watch.was), shown(other->second->watch.id)),
                            "Correct was, of the watch or of its asset"});
    }
}

/// Reads all watches and keeps what they have in common: the assets, and the ids that are taken.
class WatchReader {
public:
    WatchReader(Assets& assets, const WatchSources& from, LimitReader& limits, Problems& problems)
        : assets_(assets), from_(from), limits_(limits), problems_(problems) {
        for (const auto& [name, asset] : assets) known_assets_.push_back(name);
    }

    void read_item(const Node& item) {
        if (!is_map(item, problems_)) return;
        refuse_unknown_keys(item, "watch", problems_);
        if (item.get("targets_from").present()) return read_many(item);
        for (const std::string_view key : {"kind", "service", "services"}) {
            if (!item.get(key).present()) continue;
            problems_.push_back({item.key_position(key), fmt::format("{} belongs to targets_from", key), "Write it under the asset"});
        }
        const auto node = require(item, "asset", "Add asset: NAME, as declared under assets", problems_);
        const auto asset = read_string(node, problems_);
        if (!asset) return;
        if (!assets_.contains(*asset)) {
            problems_.push_back({node.position(), fmt::format("the asset {} is not declared", shown(*asset)),
                                 suggest(*asset, known_assets_, "Declare it under assets")});
        }
        for (const auto& known : classes) read_class(*asset, known, item.get(known.name));
        require_class(item, "the watch of " + shown(*asset));
    }

    [[nodiscard]] Watches take() { return {.declared = std::move(watches_), .target_lists = std::move(target_lists_)}; }

private:
    void require_class(const Node& item, const std::string& what) {
        const bool any = std::ranges::any_of(classes, [&](const ClassName& known) { return item.get(known.name).present(); });
        if (!any) problems_.push_back({item.position(), what + " has no class", "Add liveness, fault or performance"});
    }

    /// The entries of the file that `item` names; none when it cannot be read.
    std::vector<TargetEntry> read_entries(const Node& item) {
        const auto node = item.get("targets_from");
        auto path = read_string(node, problems_);
        if (!path) return {};
        // A relative path is meant from the file that names it.
        const auto& file = node.position().file;
        if (!path->starts_with('/')) *path = file.substr(0, file.rfind('/') + 1) + *path;
        const auto text = from_.read_text ? from_.read_text(*path) : std::unexpected<std::string>("files cannot be read here");
        if (!text) {
            problems_.push_back(
                {node.position(), fmt::format("{} cannot be read: {}", shown(*path), text.error()), "Check the path and the permissions"});
            return {};
        }
        target_lists_ += *text;
        return parse_targets(*text, *path, problems_);
    }

    /// Many assets after one pattern: each entry is filled into the pattern and read as if it were written out.
    void read_many(const Node& item) {
        if (item.get("asset").present()) {
            problems_.push_back({item.key_position("asset"), "asset and targets_from are both given",
                                 "Remove asset: each entry of the file names its own"});
        }
        AssetSettings asset;
        asset.from_list = true;
        const auto kind = require(item, "kind", "Add kind: one of " + list_of(asset_kinds()), problems_);
        asset.kind = read_word(kind, asset_kinds(), problems_).value_or("");
        asset.services = read_services_of("targets_from", item, from_.services, problems_);
        require_class(item, "targets_from");
        for (const auto& entry : read_entries(item)) {
            listed_ = &entry;
            const auto& name = *entry.find("asset");
            if (!is_name(name, entry.position, problems_)) continue;
            assets_.emplace(name, asset);  // one that is declared stays as it is
            for (const auto& known : classes) {
                const auto block = item.get(known.name);
                if (!block.present()) continue;
                if (const auto filled = fill(block, entry, problems_)) read_class(name, known, *filled);
            }
        }
        listed_ = nullptr;
    }

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
        settings.block_digest = digest_of(own_keys(block));
        settings.from_list = listed_ != nullptr;
        auto& watch = settings.watch;
        watch.watch_class = known.watch_class;
        watch.id = fmt::format("{}/{}", asset, known.name);
        read_name(block, watch, in_list);
        if (const auto found = assets_.find(asset); found != assets_.end()) {
            watch.services = services_.one_of(found->second.services);
            if (!found->second.was.empty()) watch.was = found->second.was + watch.id.substr(asset.size());
        }
        read_was(block, watch);
        read_times(block, watch, limits_, problems_);
        model::JudgingRules rules;
        read_confirmation(block, watch, rules, problems_);
        read_performance(block, watch, rules, problems_);
        watch.rules = rules_.one_of(rules);
        if (!read_target(block, watch)) return;
        const auto& here = listed_ != nullptr ? listed_->position : block.position();
        const auto [place, is_new] = taken_.emplace(watch.id, here);
        if (!is_new) {
            problems_.push_back({here, fmt::format("the watch {} is declared twice; first at {}", shown(watch.id), describe(place->second)),
                                 listed_ != nullptr
                                     ? "Name each asset once, in the list and outside it"
                                     : "Give each a name in a list: " + std::string(known.name) + ": [{name: NAME, target: URL}, ...]"});
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
        const auto facts = from_.describe_target(target, problems_);
        if (!facts) return false;
        watch.target = target.scalar();
        watch.probe_kind = kinds_.one_of(facts->probe_kind);
        watch.destination = destinations_.one_of(facts->destination);
        watch.loopback = facts->loopback;
        return true;
    }

    Assets& assets_;
    const WatchSources& from_;
    LimitReader& limits_;
    Problems& problems_;
    std::vector<std::string_view> known_assets_;
    std::map<std::string, Position> taken_;
    std::vector<WatchSettings> watches_;
    model::SharedPool<model::JudgingRules> rules_;
    model::SharedPool<std::vector<std::string>> services_;
    model::SharedPool<std::string> kinds_;
    model::SharedPool<std::string> destinations_;
    std::string target_lists_;
    const TargetEntry* listed_ = nullptr;  ///< the entry of a list that is being read
};

} // namespace

const std::vector<std::string_view>& common_watch_keys() {
    static const auto names = keys_of("block");
    return names;
}

Watches read_watches(const Node& watches, Assets& assets, const WatchSources& from, LimitReader& limits, Problems& problems) {
    WatchReader reader(assets, from, limits, problems);
    if (is_list(watches, problems)) {
        for (const auto& item : watches.items()) reader.read_item(item);
    }
    auto result = reader.take();
    refuse_clashing_old_ids(result.declared, problems);
    return result;
}

} // namespace config

#include "config/coverage.hpp"

#include "config/sections.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace config {

namespace {

using model::WatchClass;

struct Answer {
    Coverage coverage = Coverage::missing;
    std::string by;
};

/// A kind of asset that a class of watches is demanded for; a network's own watches are of its reachability only.
bool demanded(WatchClass watch_class, std::string_view kind) {
    if (watch_class == WatchClass::liveness) return true;
    if (watch_class == WatchClass::fault) return kind != "network";
    return kind != "security_device" && kind != "network_device";
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 5;
    const auto shown_count = std::min(names.size(), most);
    auto text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown_count), ", "));
    if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
    return text;
}

/// III.1.1.1-3 a: each asset that the class is demanded for has such a watch or a reason; so has each kind that there is none of.
Answer watched(const Settings& settings, WatchClass watch_class) {
    std::set<std::string_view> watched_assets;
    model::Milliseconds slowest{0};
    for (const auto& declared : settings.watches) {
        if (declared.watch.watch_class != watch_class) continue;
        watched_assets.insert(model::asset_of(declared.watch));
        slowest = std::max(slowest, declared.watch.interval);
    }
    std::set<std::string_view> kinds;
    std::vector<std::string> without;
    std::size_t excused = 0;
    for (const auto& [name, asset] : settings.assets) {
        kinds.insert(asset.kind);
        if (!demanded(watch_class, asset.kind) || watched_assets.contains(name)) continue;
        if (asset.none.contains(watch_class)) ++excused;
        else without.push_back(name);
    }
    std::vector<std::string> no_kind;
    for (const auto kind : asset_kinds()) {
        if (demanded(watch_class, kind) && !kinds.contains(kind) && !settings.no_assets_of.contains(std::string(kind))) {
            no_kind.emplace_back(kind);
        }
    }
    std::string missing;
    if (!without.empty()) missing = "no watch of: " + some_of(without);
    if (!no_kind.empty())
        missing += fmt::format("{}no asset and no reason under asset_kinds: {}", missing.empty() ? "" : "; ", some_of(no_kind));
    if (!missing.empty()) return {Coverage::missing, missing};
    if (watched_assets.empty()) return {Coverage::not_applicable, "every asset has its reason under watches (none)"};
    return {Coverage::covered, fmt::format("watches: {} assets, every {} or oftener{}", watched_assets.size(), shown(slowest),
                                           excused > 0 ? fmt::format("; {} with a reason", excused) : "")};
}

/// III.1.1.1-3 b, III.1.1.8: every service has a customer who can be told.
Answer told(const Settings& settings, std::string_view key, model::Milliseconds limit) {
    std::vector<std::string> without;
    for (const auto& [name, service] : settings.directory.services) {
        if (!settings.directory.tenants_of.contains(name)) without.push_back(name);
    }
    if (!without.empty()) return {Coverage::missing, "no tenant of: " + some_of(without)};
    return {Coverage::covered, fmt::format("duties.{} {}; {} tenants, {} relays", key, shown(limit), settings.directory.tenants.size(),
                                           settings.relays.size())};
}

Answer first_alert(const Settings& settings) { return told(settings, "first_alert", settings.directory.rules.first_alert); }
Answer follow_up(const Settings& settings) { return told(settings, "follow_up", settings.directory.rules.follow_up); }
Answer liveness(const Settings& settings) { return watched(settings, WatchClass::liveness); }
Answer fault(const Settings& settings) { return watched(settings, WatchClass::fault); }
Answer performance(const Settings& settings) { return watched(settings, WatchClass::performance); }

Answer availability(const Settings& settings) {
    std::vector<std::string> hours;
    std::vector<std::string> maintenance;
    for (const auto& [name, service] : settings.directory.services) {
        if (!service.hours_declared) hours.push_back(name);
        if (!service.maintenance_declared) maintenance.push_back(name);
    }
    std::string missing;
    if (!hours.empty()) missing = "hours not declared: " + some_of(hours);
    if (!maintenance.empty()) {
        missing += fmt::format("{}regular_maintenance neither declared nor none: {}", missing.empty() ? "" : "; ", some_of(maintenance));
    }
    if (!missing.empty()) return {Coverage::missing, missing};
    return {Coverage::covered, fmt::format("services: hours, regular_maintenance, availability of {}", settings.directory.services.size())};
}

Answer usage_kept(const Settings& settings) {
    return {Coverage::partly, fmt::format("retention.usage {}: hinomi's own records", shown(settings.retention.usage))};
}
Answer exceptions_kept(const Settings& settings) {
    return {Coverage::partly, fmt::format("retention.exceptions {}: hinomi's own records", shown(settings.retention.exceptions))};
}
Answer backed_up(const Settings& settings) {
    return {Coverage::partly, fmt::format("backup.every {}: hinomi's own ledger", shown(settings.backup.every))};
}
Answer generations_kept(const Settings& settings) {
    return {Coverage::partly, fmt::format("backup.generations {}: hinomi's own ledger", settings.backup.generations)};
}

Answer lines_watched(const Settings& settings) {
    if (settings.lines.empty()) return {Coverage::missing, "no lines: declare the external networks"};
    const auto out_of_band = [](const auto& way) { return way.out_of_band; };
    const bool survives =
        std::ranges::any_of(settings.relays, out_of_band) ||
        std::ranges::any_of(settings.contacts, [](const auto& contact) { return contact.out_of_band && contact.owner == "manager"; });
    if (!survives)
        return {Coverage::missing, "no relay and no webhook of the manager is marked out_of_band: the notice may ride the dead line"};
    return {Coverage::covered,
            fmt::format("lines: {}; duties.line_manager {}", settings.lines.size(), shown(settings.directory.rules.line_manager))};
}

struct Rule {
    std::string_view item;
    Answer (*answer)(const Settings& settings);
};
constexpr std::array<Rule, 13> rules{{{"III.1.1.1 a", liveness},
                                      {"III.1.1.1 b", first_alert},
                                      {"III.1.1.2 a", fault},
                                      {"III.1.1.2 b", first_alert},
                                      {"III.1.1.3 a", performance},
                                      {"III.1.1.3 b", first_alert},
                                      {"III.1.1.8", follow_up},
                                      {"III.2.1.1", availability},
                                      {"III.2.1.3 a", usage_kept},
                                      {"III.2.1.3 b", exceptions_kept},
                                      {"III.2.3.1 a", backed_up},
                                      {"III.2.3.1 b", generations_kept},
                                      {"III.3.2.5", lines_watched}}};

/// What an item waits for that no setting of this version covers.
std::string_view awaited(const ProfileItem& item) {
    if (item.mode == "attested") return "an attestation; none is kept yet";
    if (item.mode == "semi-automatic") return "another tool's export; none is imported yet";
    return "a measurement that this version does not make";
}

} // namespace

std::vector<CoverageRow> coverage(const Settings& settings, const Profile& profile) {
    std::vector<CoverageRow> rows;
    for (const auto& item : profile.items) {
        CoverageRow row;
        row.item = &item;
        const auto rule = std::ranges::find(rules, item.id, &Rule::item);
        const auto reason = settings.not_applicable.find(item.id);
        row.by_settings = rule != rules.end();
        if (reason != settings.not_applicable.end()) {
            row.coverage = Coverage::not_applicable;
            row.by = reason->second;
        } else if (row.by_settings) {
            auto answer = rule->answer(settings);
            row.coverage = answer.coverage;
            row.by = std::move(answer.by);
        } else {
            row.by = awaited(item);
        }
        for (const auto& weakening : settings.weakenings) {
            if (weakening.item != item.id) continue;
            row.by += fmt::format("; WEAKER: {} {} instead of {}, {}", weakening.key, weakening.given, weakening.limit, weakening.reason);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string_view word_for(Coverage coverage) {
    switch (coverage) {
    case Coverage::covered: return "covered";
    case Coverage::partly: return "partly";
    case Coverage::missing: return "missing";
    case Coverage::not_applicable: return "n/a";
    }
    return "";
}

} // namespace config

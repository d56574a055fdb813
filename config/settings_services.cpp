#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace config {

namespace {

/// `title: TEXT` or `title: {ja: TEXT, en: TEXT}`; a language that is missing takes the other's, then the name.
void read_title(const Node& title, model::Service& service, Problems& problems) {
    if (title.kind() == NodeKind::map) {
        refuse_unknown_keys(title, "title", problems);
        service.title_ja = read_string(title.get("ja"), problems).value_or("");
        service.title_en = read_string(title.get("en"), problems).value_or("");
    } else if (const auto text = read_string(title, problems)) {
        service.title_ja = *text;
        service.title_en = *text;
    }
    if (service.title_ja.empty()) service.title_ja = service.title_en.empty() ? service.name : service.title_en;
    if (service.title_en.empty()) service.title_en = service.title_ja;
}

model::Service read_service(const std::string& name, const Node& node, LimitReader& limits, Problems& problems) {
    model::Service service;
    service.name = name;
    if (is_map(node, problems)) {
        refuse_unknown_keys(node, "service", problems);
        if (auto zone = read_time_zone(node.get("timezone"), problems)) service.time_zone = std::move(*zone);
        read_hours(node.get("hours"), service, problems);
        read_regular_maintenance(node.get("regular_maintenance"), service, problems);
        const auto key = fmt::format("services.{}.availability", name);
        if (const auto given = limits.percent_at_least(node.get("availability"), key, "III.2.1.1", problems)) service.availability = *given;
    }
    read_title(node.get("title"), service, problems);
    return service;
}

AssetSettings read_asset(const std::string& name, const Node& node, const Services& services, Problems& problems) {
    AssetSettings asset;
    if (node.kind() == NodeKind::null) {
        problems.push_back({node.position(), fmt::format("the asset {} is empty", shown(name)), "Add kind and service"});
        return asset;
    }
    if (!is_map(node, problems)) return asset;
    refuse_unknown_keys(node, "asset", problems);
    const auto kind = require(node, "kind", "Add kind: one of " + list_of(asset_kinds()), problems);
    asset.kind = read_word(kind, asset_kinds(), problems).value_or("");
    asset.services = read_services_of("the asset " + shown(name), node, services, problems);
    asset.owner = read_string(node.get("owner"), problems).value_or("");
    const auto was = node.get("was");
    if (const auto old = read_string(was, problems); old && is_name(*old, was.position(), problems)) asset.was = *old;
    asset.depends_on = read_strings(node.get("depends_on"), problems);
    return asset;
}

/// Each asset that is depended on is declared, and none depends on itself, not even by a detour.
void check_dependencies(const Node& assets, const Assets& known, Problems& problems) {
    std::vector<std::string_view> names;
    for (const auto& [name, asset] : known) names.push_back(name);
    for (const auto& [name, asset] : known) {
        const auto place = assets.get(name).get("depends_on").position();
        std::set<std::string> reached;
        std::vector<std::string> open;
        for (const auto& root : asset.depends_on) {
            if (known.contains(root)) open.push_back(root);
            else
                problems.push_back(
                    {place, fmt::format("the asset {} is not declared", shown(root)), suggest(root, names, "Declare it under assets")});
        }
        while (!open.empty()) {
            const auto next = std::move(open.back());
            open.pop_back();
            const auto found = known.find(next);
            if (found != known.end() && reached.insert(next).second) {
                open.insert(open.end(), found->second.depends_on.begin(), found->second.depends_on.end());
            }
        }
        if (!reached.contains(name)) continue;
        problems.push_back({place, fmt::format("the asset {} depends on itself", shown(name)), "Break the circle of depends_on"});
    }
}

void check_old_names(const Node& assets, const Assets& known, Problems& problems) {
    std::map<std::string, std::string> taken;
    for (const auto& [name, asset] : known) {
        if (asset.was.empty()) continue;
        const auto [other, is_new] = taken.emplace(asset.was, name);
        if (is_new && !known.contains(asset.was)) continue;
        problems.push_back({assets.get(name).get("was").position(),
                            fmt::format("the asset {} cannot have been {}: that is {}", shown(name), shown(asset.was),
                                        shown(is_new ? asset.was : other->second)),
                            "An old name belongs to one asset, and to none that is declared"});
    }
}

} // namespace

const std::vector<std::string_view>& asset_kinds() {
    static const std::vector<std::string_view> kinds{"application",     "platform",       "server", "storage",
                                                     "security_device", "network_device", "network"};
    return kinds;
}

std::vector<std::string> read_services_of(const std::string& what, const Node& node, const Services& services, Problems& problems) {
    const bool one = node.get("service").present();
    if (one && node.get("services").present()) {
        problems.push_back({node.key_position("services"), "service and services are both given", "Keep services, with all of them"});
    }
    const auto list = one ? node.get("service") : node.get("services");
    const auto names = read_strings(list, problems);
    if (!list.present()) {
        problems.push_back({node.position(), what + " serves no service", "Add service: NAME or services: [NAMES]"});
    }
    std::set<std::string> result;
    for (const auto& name : names) {
        if (services.contains(name)) {
            result.insert(name);
            continue;
        }
        std::vector<std::string_view> known;
        for (const auto& [service_name, service] : services) known.push_back(service_name);
        problems.push_back({list.position(), fmt::format("the service {} is not declared", shown(name)),
                            suggest(name, known, "Declare it under services")});
    }
    return {result.begin(), result.end()};
}

Services read_services(const Node& services, LimitReader& limits, Problems& problems) {
    Services result;
    if (!is_map(services, problems)) return result;
    for (const auto& [name, node] : services.entries()) {
        is_name(name, services.key_position(name), problems);
        result[name] = read_service(name, node, limits, problems);
    }
    return result;
}

Assets read_assets(const Node& assets, const Services& services, Problems& problems) {
    Assets result;
    if (!is_map(assets, problems)) return result;
    for (const auto& [name, node] : assets.entries()) {
        is_name(name, assets.key_position(name), problems);
        result[name] = read_asset(name, node, services, problems);
    }
    check_dependencies(assets, result, problems);
    check_old_names(assets, result, problems);
    return result;
}

std::map<std::string, std::string> read_asset_kinds(const Node& kinds, const Assets& assets, Problems& problems) {
    std::map<std::string, std::string> result;
    if (!is_map(kinds, problems)) return result;
    for (const auto& [kind, node] : kinds.entries()) {
        const auto place = kinds.key_position(kind);
        if (std::ranges::find(asset_kinds(), kind) == asset_kinds().end()) {
            problems.push_back({place, fmt::format("{} is no kind of asset", shown(kind)),
                                suggest(kind, asset_kinds(), "Write one of: " + list_of(asset_kinds()))});
            continue;
        }
        if (!is_map(node, problems)) continue;
        refuse_unknown_keys(node, "asset_kind", problems);
        const auto reason = read_string(require(node, "none", "Add none: REASON", problems), problems);
        const auto used = std::ranges::find(assets, kind, [](const auto& entry) { return entry.second.kind; });
        if (used != assets.end()) {
            problems.push_back({place, fmt::format("there is an asset of kind {}: {}", kind, shown(used->first)),
                                "Remove the kind here, or correct the asset's kind"});
        } else if (reason) {
            result[kind] = *reason;
        }
    }
    return result;
}

} // namespace config

#include "config/sections.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace config {

namespace {

const std::vector<std::string_view> asset_kinds{"application",     "platform",       "server", "storage",
                                                "security_device", "network_device", "network"};

/// `title: TEXT` or `title: {ja: TEXT, en: TEXT}`; a language that is missing takes the other's, then the name.
void read_title(const Node& title, model::Service& service, Problems& problems) {
    if (title.kind() == NodeKind::map) {
        refuse_unknown_keys(title, {"ja", "en"}, problems);
        service.title_ja = read_string(title.get("ja"), problems).value_or("");
        service.title_en = read_string(title.get("en"), problems).value_or("");
    } else if (const auto text = read_string(title, problems)) {
        service.title_ja = *text;
        service.title_en = *text;
    }
    if (service.title_ja.empty()) service.title_ja = service.title_en.empty() ? service.name : service.title_en;
    if (service.title_en.empty()) service.title_en = service.title_ja;
}

/// Declared hours and maintenance are kept for the numbers; here only their shape is checked.
void check_windows(const Node& windows, std::string_view word, Problems& problems) {
    if (windows.kind() == NodeKind::scalar) read_word(windows, {word}, problems);
    else if (windows.present() && windows.kind() == NodeKind::null) read_string(windows, problems);
}

model::Service read_service(const std::string& name, const Node& node, Problems& problems) {
    model::Service service;
    service.name = name;
    if (is_map(node, problems)) {
        refuse_unknown_keys(node, {"title", "timezone", "hours", "regular_maintenance", "availability"}, problems);
        if (auto zone = read_time_zone(node.get("timezone"), problems)) service.time_zone = std::move(*zone);
        check_windows(node.get("hours"), "always", problems);
        check_windows(node.get("regular_maintenance"), "none", problems);
        read_number(node.get("availability"), 0, 100, problems);
    }
    read_title(node.get("title"), service, problems);
    return service;
}

std::vector<std::string> services_of(const std::string& asset, const Node& node, const Services& services, Problems& problems) {
    const bool one = node.get("service").present();
    if (one && node.get("services").present()) {
        problems.push_back({node.key_position("services"), "service and services are both given", "Keep services, with all of them"});
    }
    const auto list = one ? node.get("service") : node.get("services");
    const auto names = read_strings(list, problems);
    if (!list.present()) {
        problems.push_back(
            {node.position(), fmt::format("the asset {} serves no service", shown(asset)), "Add service: NAME or services: [NAMES]"});
    }
    std::vector<std::string_view> known;
    for (const auto& [name, service] : services) known.push_back(name);
    std::set<std::string> result;
    for (const auto& name : names) {
        if (services.contains(name)) result.insert(name);
        else
            problems.push_back({list.position(), fmt::format("the service {} is not declared", shown(name)),
                                suggest(name, known, "Declare it under services")});
    }
    return {result.begin(), result.end()};
}

Asset read_asset(const std::string& name, const Node& node, const Services& services, Problems& problems) {
    Asset asset;
    if (node.kind() == NodeKind::null) {
        problems.push_back({node.position(), fmt::format("the asset {} is empty", shown(name)), "Add kind and service"});
        return asset;
    }
    if (!is_map(node, problems)) return asset;
    refuse_unknown_keys(node, {"kind", "service", "services", "owner", "was"}, problems);
    const auto kind = require(node, "kind", "Add kind: one of " + list_of(asset_kinds), problems);
    asset.kind = read_word(kind, asset_kinds, problems).value_or("");
    asset.services = services_of(name, node, services, problems);
    read_string(node.get("owner"), problems);
    if (const auto old = read_string(node.get("was"), problems)) is_name(*old, node.get("was").position(), problems);
    return asset;
}

} // namespace

Services read_services(const Node& services, Problems& problems) {
    Services result;
    if (!is_map(services, problems)) return result;
    for (const auto& [name, node] : services.entries()) {
        is_name(name, services.key_position(name), problems);
        result[name] = read_service(name, node, problems);
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
    return result;
}

} // namespace config

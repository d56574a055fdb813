#include "config/defaults.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/url.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::uint32_t most_generations = 1'000;
constexpr Milliseconds longest_heartbeat{3'600'000};

/// `127.0.0.1:9470`, `[::1]:9470`; the port must be named.
template <typename Listener> bool read_listen(std::string_view text, Listener& listener) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_server(text) || is_address(text)) return false;
    const auto digits = text.substr(colon + 1);
    auto address = text.substr(0, colon);
    if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
    std::from_chars(digits.data(), digits.data() + digits.size(), listener.port);
    listener.address = address;
    return true;
}

/// A Unix group's name, as useradd takes it.
std::string read_group(const Node& node, Problems& problems) {
    const auto text = read_string(node, problems);
    if (!text) return {};
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
    };
    const bool begins = (text->front() >= 'a' && text->front() <= 'z') || text->front() == '_';
    if (begins && text->size() <= 32 && std::ranges::all_of(*text, fits)) return *text;
    problems.push_back({node.position(), fmt::format("{} is not the name of a Unix group", shown(*text)),
                        "Write a group of this machine, such as hinomi-operator"});
    return {};
}

} // namespace

MetricsSettings read_metrics(const Node& metrics, Problems& problems) {
    MetricsSettings result;
    if (!is_map(metrics, problems)) return result;
    refuse_unknown_keys(metrics, "metrics", problems);
    const auto listen = metrics.get("listen");
    if (const auto text = read_string(listen, problems)) {
        result.enabled = *text != "none";
        if (result.enabled && !read_listen(*text, result)) {
            problems.push_back({listen.position(), fmt::format("{} is no place to listen at", shown(*text)),
                                "Write ADDRESS:PORT, numeric: 127.0.0.1:9470 or \"[::1]:9470\"; or none"});
        }
    }
    if (result.enabled && (result.address == "0.0.0.0" || result.address == "::")) {
        problems.push_back({listen.position(), "whoever reaches this machine can read the metrics",
                            "Name the address of one network, or guard the port", /*warning=*/true});
    }
    const auto per_watch = read_word(metrics.get("per_watch"), {"automatic", "full", "basic"}, problems);
    if (per_watch == "full") result.per_watch = MetricsSettings::PerWatch::full;
    if (per_watch == "basic") result.per_watch = MetricsSettings::PerWatch::basic;
    return result;
}

ControlSettings read_control(const Node& control, Problems& problems) {
    ControlSettings result;
    if (!is_map(control, problems)) return result;
    refuse_unknown_keys(control, "control", problems);
    result.viewer = read_group(control.get("viewer"), problems);
    result.operator_group = read_group(control.get("operator"), problems);
    result.admin = read_group(control.get("admin"), problems);
    return result;
}

std::optional<AdministrationSettings> read_administration(const Node& administration, Problems& problems) {
    if (!is_map(administration, problems)) return std::nullopt;
    AdministrationSettings result;
    refuse_unknown_keys(administration, "administration", problems);
    const auto listen = require(administration, "listen", "Add listen: 127.0.0.1:9471", problems);
    if (const auto text = read_string(listen, problems); text && !read_listen(*text, result)) {
        problems.push_back({listen.position(), fmt::format("{} is no place to listen at", shown(*text)),
                            "Write ADDRESS:PORT, numeric: 127.0.0.1:9471 or \"[::1]:9471\""});
    }
    const auto certificate = require(administration, "certificate_file", "Add certificate_file: /etc/hinomi/administration.pem", problems);
    result.certificate_file = read_path(certificate, problems).value_or("");
    const auto key = require(administration, "key", "Add key: \"credential:administration-key\"", problems);
    if (const auto reference = read_secret(key, problems)) result.key = *reference;
    const auto authority =
        require(administration, "client_ca_file", "Add client_ca_file: PATH, of who signs your people's certificates", problems);
    result.client_ca_file = read_path(authority, problems).value_or("");
    result.viewer = read_strings(administration.get("viewer"), problems);
    result.admin =
        read_strings(require(administration, "admin", "Add admin: [NAME], a name in a client's certificate", problems), problems);
    for (const auto& name : result.viewer) {
        if (std::ranges::find(result.admin, name) == result.admin.end()) continue;
        problems.push_back({administration.get("viewer").position(), fmt::format("{} is viewer and admin", shown(name)),
                            "Name it once: an admin may look as well"});
    }
    return result;
}

std::optional<HeartbeatOutSettings> read_heartbeat_out(const Node& heartbeat, Problems& problems) {
    if (!is_map(heartbeat, problems)) return std::nullopt;
    HeartbeatOutSettings result;
    refuse_unknown_keys(heartbeat, "heartbeat_out", problems);
    const auto target = require(heartbeat, "url", "Add url: \"https://HOST/PATH\"", problems);
    if (const auto url = read_plain_url(target, {"https", "http"}, problems)) {
        result.url = target.scalar();
        if (url->scheme == "http" && !is_loopback(url->host)) {
            problems.push_back({target.position(), "a heartbeat outside loopback must use https", "Write https:// in place of http://"});
        }
    }
    result.every = read_duration(heartbeat.get("every"), shortest_interval, longest_heartbeat, problems).value_or(result.every);
    if (const auto reference = read_secret(heartbeat.get("secret"), problems)) result.secret = *reference;
    return result;
}

BackupSettings read_backup(const Node& backup, const std::string& data_directory, LimitReader& limits, Problems& problems) {
    BackupSettings result;
    result.path = data_directory + "/backup";
    result.every = limits.limit("III.2.3.1 a");
    if (!is_map(backup, problems)) return result;
    refuse_unknown_keys(backup, "backup", problems);
    result.path = read_path(backup.get("path"), problems).value_or(result.path);
    const auto every = limits.at_most(backup.get("every"), "backup.every", "III.2.3.1 a", Milliseconds{0}, problems);
    result.every = every.value_or(result.every);
    const auto generations =
        limits.count_at_least(backup.get("generations"), "backup.generations", "III.2.3.1 b", most_generations, problems);
    result.generations = generations.value_or(result.generations);
    return result;
}

RetentionSettings read_retention(const Node& retention, LimitReader& limits, Problems& problems) {
    RetentionSettings result;
    result.usage = limits.limit("III.2.1.3 a");
    result.exceptions = limits.limit("III.2.1.3 b");
    if (!is_map(retention, problems)) return result;
    refuse_unknown_keys(retention, "retention", problems);
    const auto usage = limits.period_at_least(retention.get("usage"), "retention.usage", "III.2.1.3 a", problems);
    result.usage = usage.value_or(result.usage);
    const auto exceptions = limits.period_at_least(retention.get("exceptions"), "retention.exceptions", "III.2.1.3 b", problems);
    result.exceptions = exceptions.value_or(result.exceptions);
    return result;
}

std::map<std::string, std::string> read_controls(const Node& controls, const Profile& profile, Problems& problems) {
    std::map<std::string, std::string> result;
    if (!is_map(controls, problems)) return result;
    std::vector<std::string_view> known;
    known.reserve(profile.items.size());
    for (const auto& item : profile.items) known.push_back(item.id);
    for (const auto& [id, node] : controls.entries()) {
        if (profile.find(id) == nullptr) {
            std::vector<std::string_view> parts;  // III.4.2.1 was written, and III.4.2.1 a, b and c are the items
            std::ranges::copy_if(known, std::back_inserter(parts), [&](std::string_view item) { return item.starts_with(id + " "); });
            problems.push_back({controls.key_position(id), fmt::format("{} is no item of {}", shown(id), profile.name),
                                parts.empty() ? suggest(id, known, "Write the id as `hinomi check` prints it, such as III.4.2.1 a")
                                              : "Write one of: " + list_of(parts)});
            continue;
        }
        if (!is_map(node, problems)) continue;
        refuse_unknown_keys(node, "control_item", problems);
        const auto reason = read_string(require(node, "none", "Add none: REASON", problems), problems);
        if (reason) result[id] = *reason;
    }
    return result;
}

} // namespace config

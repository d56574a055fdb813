#include "config/difference.hpp"

#include "config/keys.hpp"
#include "config/url.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace config {

namespace {

/// Compares two ordered collections by name in one pass.
template <typename Value, typename Same>
NameChanges compare(const std::map<std::string, const Value*>& running, const std::map<std::string, const Value*>& next,
                    Same&& same_value) {
    NameChanges changes;
    for (const auto& [name, value] : next) {
        const auto before = running.find(name);
        if (before == running.end()) changes.added.push_back(name);
        else if (!same_value(*before->second, *value)) changes.changed.push_back(name);
    }
    for (const auto& [name, value] : running) {
        if (!next.contains(name)) changes.removed.push_back(name);
    }
    return changes;
}

template <typename Value, typename Name> auto by_name(const std::vector<Value>& values, Name&& name) {
    std::map<std::string, const Value*> result;
    for (const auto& value : values) result.emplace(name(value), &value);
    return result;
}

template <typename Value> auto by_name(const std::map<std::string, Value>& values) {
    std::map<std::string, const Value*> result;
    for (const auto& [name, value] : values) result.emplace(name, &value);
    return result;
}

/// `was` says where a watch comes from, not what it does.
bool same_watch(const WatchSettings& left, const WatchSettings& right) {
    auto as_left = right.watch;
    as_left.was = left.watch.was;
    return left.watch == as_left && left.block_digest == right.block_digest;
}

bool same_asset(const AssetSettings& left, const AssetSettings& right) {
    return std::tie(left.kind, left.services, left.owner, left.depends_on, left.none) ==
           std::tie(right.kind, right.services, right.owner, right.depends_on, right.none);
}

bool same_line(const LineSettings& left, const LineSettings& right) {
    return std::tie(left.gateway, left.quorum, left.every, left.timeout) ==
               std::tie(right.gateway, right.quorum, right.every, right.timeout) &&
           std::ranges::equal(left.targets, right.targets, same_watch);
}

bool same_tenant(const model::Tenant& left, const model::Tenant& right) {
    return std::tie(left.services, left.language, left.policy) == std::tie(right.services, right.language, right.policy);
}

bool same_contact(const ContactSettings& left, const ContactSettings& right) {
    return std::tie(left.channel, left.secret, left.out_of_band) == std::tie(right.channel, right.secret, right.out_of_band);
}

bool same_relay(const RelaySettings& left, const RelaySettings& right) {
    const auto values = [](const RelaySettings& relay) {
        return std::tie(relay.security, relay.from, relay.username, relay.password, relay.ca_file, relay.send_rate, relay.parallel,
                        relay.connect_cap, relay.step_cap, relay.final_cap, relay.out_of_band);
    };
    return values(left) == values(right);
}

/// Watches that go on under another id are taken out of the lists of the added and the removed.
void note_renamed(const Settings& running, const Settings& next, Difference& result) {
    const auto before = by_name(running.watches, [](const WatchSettings& declared) { return declared.watch.id; });
    for (const auto& declared : next.watches) {
        const auto& watch = declared.watch;
        const auto old = before.find(watch.was);
        if (watch.was->empty() || old == before.end() || before.contains(watch.id)) continue;
        result.renamed.push_back({.old_id = watch.was, .new_id = watch.id});
        std::erase(result.watches.added, watch.id);
        std::erase(result.watches.removed, watch.was);
        auto as_now = *old->second;
        as_now.watch.id = watch.id;
        if (!same_watch(as_now, declared)) result.watches.changed.push_back(watch.id);
    }
    std::ranges::sort(result.watches.changed);
}

auto order_of(const Settings& settings) {
    std::vector<std::string> names;
    names.reserve(settings.relays.size());
    for (const auto& relay : settings.relays) names.push_back(join_host_port(relay.host, relay.port));
    return names;
}

/// The table's default of a key of `outbox`: written out or left out is the same.
std::vector<model::Milliseconds> default_durations(std::string_view key) {
    Problems problems;
    const auto node = parse(find_key("outbox", key)->fallback, "defaults", problems);
    const auto items = node.kind() == NodeKind::list ? node.items() : std::vector{node};
    std::vector<model::Milliseconds> result;
    result.reserve(items.size());
    for (const auto& item : items) result.push_back(read_duration(item, problems).value_or(model::Milliseconds{0}));
    return result;
}

/// The parts that have no names of their own, by their keys of the file.
void compare_sections(const Settings& running, const Settings& next, Difference& result) {
    const auto note = [&](bool unchanged, std::string_view key, bool at_start_only) {
        if (unchanged) return;
        result.sections.emplace_back(key);
        if (at_start_only) result.restart.emplace_back(key);
    };
    const auto outbox = [](const OutboxOverrides& from) {
        const auto wait = [](const std::optional<model::Milliseconds>& given, std::string_view key) {
            return given ? *given : default_durations(key).front();
        };
        return std::tuple(from.rounds ? *from.rounds : default_durations("rounds"), wait(from.round_every, "round_every"),
                          wait(from.give_up_after, "give_up_after"), wait(from.next_relay_after_4xx, "next_relay_after_4xx"),
                          wait(from.next_contact_after, "next_contact_after"), wait(from.webhook_timeout, "webhook_timeout"),
                          wait(from.relay_suspect_for, "relay_suspect_for"));
    };
    const auto schedule = [](const ScheduleSettings& from) { return std::tie(from.lanes, from.per_destination, from.in_flight); };
    const auto metrics = [](const MetricsSettings& from) { return std::tie(from.enabled, from.address, from.port, from.per_watch); };
    const auto control = [](const ControlSettings& from) { return std::tie(from.viewer, from.operator_group, from.admin); };
    const auto listener = [](const Settings& from) {  // beside who may do what, which changes at once
        auto value = from.administration;
        if (value) value->viewer = value->admin = {};
        return value;
    };
    const auto heartbeat = [](const Settings& from) {
        const auto value = from.heartbeat_out.value_or(HeartbeatOutSettings{});
        return std::tuple(value.url, value.every, value.secret.kind, value.secret.name);
    };
    const auto backup = [](const BackupSettings& from) { return std::tie(from.path, from.every, from.generations); };
    const auto retention = [](const RetentionSettings& from) { return std::tie(from.usage, from.exceptions); };
    const auto provider = [](const model::Directory& from) { return std::tie(from.provider, from.support, from.time_zone); };
    const auto role = [](const model::StaffRole& from) { return std::tie(from.language, from.policy); };
    const auto staff = [&](const model::Directory& from) { return std::tuple_cat(role(from.manager), role(from.on_call)); };
    note(running.rehearsal == next.rehearsal, "mode", false);
    note(provider(running.directory) == provider(next.directory), "provider", false);
    note(staff(running.directory) == staff(next.directory), "staff", false);
    note(order_of(running) == order_of(next), "relays", false);
    note(running.directory.rules == next.directory.rules, "duties", false);
    note(outbox(running.outbox) == outbox(next.outbox), "outbox", false);
    note(schedule(running.schedule) == schedule(next.schedule), "schedule", /*at_start_only=*/true);
    note(running.references == next.references, "references", false);
    note(running.not_applicable == next.not_applicable, "controls", false);
    note(running.no_assets_of == next.no_assets_of, "asset_kinds", false);
    note(running.weakenings == next.weakenings, "weaker_than_profile", false);
    note(metrics(running.metrics) == metrics(next.metrics), "metrics", /*at_start_only=*/true);
    note(control(running.control) == control(next.control), "control", false);
    note(running.administration == next.administration, "administration", listener(running) != listener(next));
    note(heartbeat(running) == heartbeat(next), "heartbeat_out", false);
    note(backup(running.backup) == backup(next.backup), "backup", false);
    note(retention(running.retention) == retention(next.retention), "retention", false);
    note(running.data_directory == next.data_directory, "storage", /*at_start_only=*/true);
    note(running.runtime_directory == next.runtime_directory, "runtime_directory", /*at_start_only=*/true);
    note(running.templates_directory == next.templates_directory, "templates_directory", false);
    note(running.ca_file == next.ca_file, "ca_file", /*at_start_only=*/true);
}

std::string some_of(const std::vector<std::string>& names, char sign, std::size_t most) {
    std::string text;
    for (std::size_t index = 0; index < std::min(names.size(), most); ++index) {
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", sign, names[index]);
    }
    if (names.size() > most) text += fmt::format("{}{}... {} more", text.empty() ? "" : ", ", sign, names.size() - most);
    return text;
}

std::string line_of(std::string_view kind, const NameChanges& changes, std::size_t most) {
    if (changes.empty()) return {};
    std::string parts;
    for (const auto& part : {some_of(changes.added, '+', most), some_of(changes.removed, '-', most), some_of(changes.changed, '~', most)}) {
        if (!part.empty()) parts += (parts.empty() ? "" : ", ") + part;
    }
    return fmt::format("{}: {} added, {} removed, {} changed ({})\n", kind, changes.added.size(), changes.removed.size(),
                       changes.changed.size(), parts);
}

} // namespace

bool Difference::empty() const {
    return watches.empty() && renamed.empty() && services.empty() && assets.empty() && lines.empty() && tenants.empty() && relays.empty() &&
           contacts.empty() && templates.empty() && sections.empty();
}

Difference difference(const Settings& running, const Settings& next) {
    Difference result;
    const auto id = [](const WatchSettings& declared) { return declared.watch.id; };
    const auto line = [](const LineSettings& value) { return value.name; };
    const auto relay = [](const RelaySettings& value) { return join_host_port(value.host, value.port); };
    const auto contact = [](const ContactSettings& value) { return value.owner + " " + value.address; };
    const auto equal = [](const auto& left, const auto& right) { return left == right; };
    result.watches = compare(by_name(running.watches, id), by_name(next.watches, id), same_watch);
    note_renamed(running, next, result);
    result.services = compare(by_name(running.directory.services), by_name(next.directory.services), equal);
    // those of targets_from come and go with their watches
    const auto one_by_one = [](const std::map<std::string, AssetSettings>& assets) {
        auto declared = by_name(assets);
        std::erase_if(declared, [](const auto& asset) { return asset.second->from_list; });
        return declared;
    };
    result.assets = compare(one_by_one(running.assets), one_by_one(next.assets), same_asset);
    result.lines = compare(by_name(running.lines, line), by_name(next.lines, line), same_line);
    result.tenants = compare(by_name(running.directory.tenants), by_name(next.directory.tenants), same_tenant);
    result.relays = compare(by_name(running.relays, relay), by_name(next.relays, relay), same_relay);
    result.contacts = compare(by_name(running.contacts, contact), by_name(next.contacts, contact), same_contact);
    compare_sections(running, next, result);
    return result;
}

NameChanges changes_of(const std::map<std::string, std::string>& running, const std::map<std::string, std::string>& next) {
    return compare(by_name(running), by_name(next), [](const std::string& left, const std::string& right) { return left == right; });
}

std::string describe(const Difference& difference, std::size_t names) {
    std::string text = line_of("watches", difference.watches, names);
    for (const auto& renaming : difference.renamed) text += fmt::format("renamed: {} -> {}\n", renaming.old_id, renaming.new_id);
    text += line_of("services", difference.services, names);
    text += line_of("assets", difference.assets, names);
    text += line_of("lines", difference.lines, names);
    text += line_of("tenants", difference.tenants, names);
    text += line_of("relays", difference.relays, names);
    text += line_of("contacts", difference.contacts, names);
    text += line_of("templates", difference.templates, names);
    if (!difference.sections.empty()) text += fmt::format("sections: {}\n", fmt::join(difference.sections, ", "));
    if (!difference.restart.empty()) text += fmt::format("at the next start only: {}\n", fmt::join(difference.restart, ", "));
    return text;
}

} // namespace config

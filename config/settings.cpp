#include "config/settings.hpp"

#include "config/keys.hpp"
#include "config/merge.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::size_t most_reported = 200;

/// The merged tree; nothing when a text cannot be parsed, since further errors would only follow from that.
std::optional<Node> read_sources(const std::vector<Source>& sources, Problems& problems) {
    Node root;
    bool whole = true;
    for (const auto& source : sources) {
        const auto node = parse(source.text, source.file, problems);
        const bool usable = node.kind() == NodeKind::map || (node.present() && node.kind() == NodeKind::null);
        if (node.present()) is_map(node, problems);
        whole = whole && usable;
        if (usable) root = merge(root, node, problems);
    }
    return whole ? std::optional(root) : std::nullopt;
}

void read_provider(const Node& provider, model::Directory& directory, Problems& problems) {
    if (!is_map(provider, problems)) return;
    refuse_unknown_keys(provider, "provider", problems);
    directory.provider = read_string(provider.get("name"), problems).value_or("");
    directory.support = read_text(provider.get("support"), problems).value_or("");
    if (auto zone = read_time_zone(provider.get("timezone"), problems)) directory.time_zone = std::move(*zone);
}

void read_places(const Node& root, Settings& settings, Problems& problems) {
    const auto storage = root.get("storage");
    if (is_map(storage, problems)) {
        refuse_unknown_keys(storage, "storage", problems);
        if (auto path = read_path(storage.get("directory"), problems)) settings.data_directory = std::move(*path);
    }
    if (auto path = read_path(root.get("runtime_directory"), problems)) settings.runtime_directory = std::move(*path);
    if (auto path = read_path(root.get("templates_directory"), problems)) settings.templates_directory = std::move(*path);
    if (auto path = read_path(root.get("ca_file"), problems)) settings.ca_file = std::move(*path);
}

void index_tenants(model::Directory& directory) {
    for (const auto& [name, tenant] : directory.tenants) {
        for (const auto& service : tenant.services) directory.tenants_of[service].push_back(name);
    }
}

/// What must be there for hinomi to make sense, and what is probably forgotten.
void check_whole(const Node& root, const std::string& file, const Settings& settings, Problems& problems) {
    const Position top{file, 0, 0};
    const auto need = [&](std::string_view key, std::string text, std::string remedy) {
        if (root.get(key).kind() == NodeKind::null) problems.push_back({top, std::move(text), std::move(remedy)});
    };
    need("watches", "nothing is watched", "Add watch: URL, mail: ADDRESS and relay: smtp://HOST, or the long form's watches");
    if (root.get("watches").kind() == NodeKind::null) return;
    need("staff", "no staff: nobody of the provider is told", "Add staff: {manager: [{email: ADDRESS}], on_call: [{email: ADDRESS}]}");
    need("tenants", "no tenants: no customer is told", "Add tenants: [{name: NAME, services: [\"*\"], contacts: [{email: ADDRESS}]}]");
    const auto by_mail = [](const ContactSettings& contact) { return contact.channel == model::ChannelKind::mail; };
    if (std::ranges::any_of(settings.contacts, by_mail)) {
        need("relays", "there are mail contacts, and no relay to send by", "Add relays: [{smtp: \"smtps://HOST\", from: ADDRESS}]");
    }
    for (const auto& [name, service] : settings.directory.services) {
        if (settings.directory.tenants_of.contains(name)) continue;
        problems.push_back({root.get("services").key_position(name), fmt::format("no tenant uses the service {}", shown(name)),
                            "Its incidents reach no customer; list it under a tenant's services", /*warning=*/true});
    }
}

void read_people_of(const Node& root, Settings& settings, Problems& problems) {
    auto& directory = settings.directory;
    auto people = read_people(root, directory.services, problems);
    directory.tenants = std::move(people.tenants);
    directory.manager = std::move(people.manager);
    directory.on_call = std::move(people.on_call);
    settings.contacts = std::move(people.contacts);
    index_tenants(directory);
    settings.relays = read_relays(root.get("relays"), problems);
}

Settings read_settings(const Node& root, const DescribeTarget& describe_target, const ReadText& read_text, Problems& problems) {
    Settings settings;
    refuse_unknown_keys(root, "root", problems);
    const auto& profile = built_in_profile();
    read_word(root.get("profile"), {profile.name}, problems);
    settings.profile = profile.name;
    LimitReader limits(profile);
    settings.rehearsal = read_word(root.get("mode"), {"live", "rehearsal"}, problems) == "rehearsal";
    auto& directory = settings.directory;
    directory.services = read_services(root.get("services"), limits, problems);
    settings.assets = read_assets(root.get("assets"), directory.services, problems);
    settings.no_assets_of = read_asset_kinds(root.get("asset_kinds"), settings.assets, problems);
    settings.not_applicable = read_controls(root.get("controls"), profile, problems);
    const WatchSources from{.services = directory.services, .describe_target = describe_target, .read_text = read_text};
    auto watches = read_watches(root.get("watches"), settings.assets, from, limits, problems);
    settings.watches = std::move(watches.declared);
    settings.lines = read_lines(root.get("lines"), describe_target, limits, problems);
    read_people_of(root, settings, problems);
    directory.rules = read_duties(root.get("duties"), limits, problems);
    directory.rehearsal = settings.rehearsal;
    read_provider(root.get("provider"), directory, problems);
    settings.outbox = read_outbox(root.get("outbox"), problems);
    settings.schedule = read_schedule(root.get("schedule"), problems);
    settings.references = read_references(root.get("references"), problems);
    read_places(root, settings, problems);
    settings.metrics = read_metrics(root.get("metrics"), problems);
    settings.control = read_control(root.get("control"), problems);
    settings.administration = read_administration(root.get("administration"), problems);
    settings.heartbeat_out = read_heartbeat_out(root.get("heartbeat_out"), problems);
    settings.backup = read_backup(root.get("backup"), settings.data_directory, limits, problems);
    settings.retention = read_retention(root.get("retention"), limits, problems);
    settings.weakenings = limits.take();
    settings.root = root;
    settings.sha256_source = canonical_text(root) + watches.target_lists;
    return settings;
}

} // namespace

Problems in_order(const Problems& found, const std::vector<std::string>& files) {
    std::map<std::string, std::size_t> order;
    for (const auto& file : files) order.emplace(file, order.size());
    // The index keeps the order of finding among those at one place.
    std::map<std::tuple<std::size_t, std::uint32_t, std::uint32_t, std::size_t>, Problem> sorted;
    for (std::size_t index = 0; index < found.size(); ++index) {
        const auto& position = found[index].position;
        const auto file = order.find(position.file);
        sorted.emplace(std::tuple(file == order.end() ? std::size_t{0} : file->second, position.line, position.column, index),
                       found[index]);
    }
    Problems result;
    std::set<std::string> said;
    std::size_t more = 0;
    for (auto& [place, problem] : sorted) {
        if (!said.insert(describe(problem)).second) continue;
        if (result.size() < most_reported) result.push_back(std::move(problem));
        else ++more;
    }
    if (more > 0) result.push_back({{}, fmt::format("{} more problems are not shown", more), "Mend the first ones and check again"});
    return result;
}

std::vector<std::string> files_of(const std::vector<Source>& sources) {
    std::vector<std::string> files;
    files.reserve(sources.size());
    for (const auto& source : sources) files.push_back(source.file);
    return files;
}

std::optional<Settings> load(const std::vector<Source>& sources, const std::string& host_name, const DescribeTarget& describe_target,
                             Problems& problems, const CheckWatch& check_watch, const ReadText& read_text) {
    Problems found;
    const auto given = read_sources(sources, found);
    std::optional<Settings> settings;
    if (given) {
        const auto before = found.size();
        const auto root = expand_short_form(*given, host_name, found);
        const bool expanded = found.size() == before;
        settings = read_settings(root, describe_target, read_text, found);
        if (expanded) check_whole(root, sources.empty() ? "" : sources.front().file, *settings, found);
    }
    const bool failed = any_error(found);
    if (failed && settings && check_watch) {
        for (const auto& watch : settings->watches) check_watch(watch, found);
    }
    std::ranges::move(in_order(found, files_of(sources)), std::back_inserter(problems));
    if (failed) return std::nullopt;
    return settings;
}

} // namespace config

#pragma once

#include "config/document.hpp"
#include "config/limits.hpp"
#include "config/settings.hpp"
#include "model/directory.hpp"

#include <map>
#include <string>
#include <vector>

/// One reader per section of the configuration. Each reports everything wrong with its section and yields what is sound.
namespace config {

struct People {
    std::map<std::string, model::Tenant> tenants;
    model::StaffRole manager;
    model::StaffRole on_call;
    std::vector<ContactSettings> contacts;
};

using Services = std::map<std::string, model::Service>;
using Assets = std::map<std::string, AssetSettings>;

/// The guideline's kinds of parts.
const std::vector<std::string_view>& asset_kinds();

Services read_services(const Node& services, LimitReader& limits, Problems& problems);
Assets read_assets(const Node& assets, const Services& services, Problems& problems);

/// `asset_kinds: {KIND: {none: REASON}}` and `controls: {ITEM: {none: REASON}}`: names to reasons.
std::map<std::string, std::string> read_asset_kinds(const Node& kinds, const Assets& assets, Problems& problems);
std::map<std::string, std::string> read_controls(const Node& controls, const Profile& profile, Problems& problems);

/// The services that `node` names under `service` or `services` for `what`; a missing or unknown one is a problem.
std::vector<std::string> read_services_of(const std::string& what, const Node& node, const Services& services, Problems& problems);

/// What the reading of watches asks for.
struct WatchSources {
    const Services& services;
    const DescribeTarget& describe_target;
    const ReadText& read_text;
};

struct Watches {
    std::vector<WatchSettings> declared;
    std::string target_lists;  ///< the texts of the files of targets_from, for the digest
};

/// Also notes in `assets` why a class is not watched, and adds the assets of targets_from.
Watches read_watches(const Node& watches, Assets& assets, const WatchSources& from, LimitReader& limits, Problems& problems);
std::vector<LineSettings> read_lines(const Node& lines, const DescribeTarget& describe_target, LimitReader& limits, Problems& problems);
People read_people(const Node& root, const Services& services, Problems& problems);
std::vector<RelaySettings> read_relays(const Node& relays, Problems& problems);
model::DutyRules read_duties(const Node& duties, LimitReader& limits, Problems& problems);
OutboxOverrides read_outbox(const Node& outbox, Problems& problems);
ScheduleSettings read_schedule(const Node& schedule, Problems& problems);

/// `hours: always`, or a map of weekdays; and `regular_maintenance: none`, or a list of windows. Absent ones stay undeclared.
void read_hours(const Node& hours, model::Service& service, Problems& problems);
void read_regular_maintenance(const Node& windows, model::Service& service, Problems& problems);

MetricsSettings read_metrics(const Node& metrics, Problems& problems);
ControlSettings read_control(const Node& control, Problems& problems);
std::optional<AdministrationSettings> read_administration(const Node& administration, Problems& problems);
std::optional<HeartbeatOutSettings> read_heartbeat_out(const Node& heartbeat, Problems& problems);
BackupSettings read_backup(const Node& backup, const std::string& data_directory, LimitReader& limits, Problems& problems);
RetentionSettings read_retention(const Node& retention, LimitReader& limits, Problems& problems);

/// `none`, or numeric name servers. Absent: nothing.
std::optional<std::vector<std::string>> read_references(const Node& references, Problems& problems);

/// Turns `watch`, `mail`, `relay` into the long form; a root without them is returned as it is.
Node expand_short_form(const Node& root, const std::string& host_name, Problems& problems);

} // namespace config

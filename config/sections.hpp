#pragma once

#include "config/document.hpp"
#include "config/settings.hpp"
#include "model/directory.hpp"

#include <map>
#include <string>
#include <vector>

/// One reader per section of the configuration. Each reports everything wrong with its section and yields what is sound.
namespace config {

struct Asset {
    std::string kind;
    std::vector<std::string> services;  ///< sorted
};

struct People {
    std::map<std::string, model::Tenant> tenants;
    model::StaffRole manager;
    model::StaffRole on_call;
    std::vector<ContactSettings> contacts;
};

using Services = std::map<std::string, model::Service>;
using Assets = std::map<std::string, Asset>;

Services read_services(const Node& services, Problems& problems);
Assets read_assets(const Node& assets, const Services& services, Problems& problems);
std::vector<WatchSettings> read_watches(const Node& watches, const Assets& assets, const DescribeTarget& describe_target,
                                        Problems& problems);
People read_people(const Node& root, const Services& services, Problems& problems);
std::vector<RelaySettings> read_relays(const Node& relays, Problems& problems);
model::DutyRules read_duties(const Node& duties, Problems& problems);
OutboxOverrides read_outbox(const Node& outbox, Problems& problems);
ScheduleSettings read_schedule(const Node& schedule, Problems& problems);

/// `none`, or numeric name servers. Absent: nothing.
std::optional<std::vector<std::string>> read_references(const Node& references, Problems& problems);

/// Turns `watch`, `mail`, `relay` into the long form; a root without them is returned as it is.
Node expand_short_form(const Node& root, const std::string& host_name, Problems& problems);

} // namespace config

#pragma once

#include "config/settings.hpp"

#include <map>
#include <string>
#include <vector>

/// What a reload changes. Pure: two checked configurations in, names out.
namespace config {

/// Names of one kind of thing, each list sorted.
struct NameChanges {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<std::string> changed;

    [[nodiscard]] bool empty() const { return added.empty() && removed.empty() && changed.empty(); }
    friend bool operator==(const NameChanges&, const NameChanges&) = default;
};

/// A watch that goes on under another id: neither added nor removed. It may be among the changed ones, by its new id.
struct Renaming {
    std::string old_id;
    std::string new_id;

    friend bool operator==(const Renaming&, const Renaming&) = default;
};

struct Difference {
    NameChanges watches;               ///< by id; changed: the watch itself or its probe's block
    std::vector<Renaming> renamed;     ///< by `was`, where the old id is running
    NameChanges services;
    NameChanges assets;
    NameChanges lines;
    NameChanges tenants;               ///< apart from their contacts
    NameChanges relays;                ///< by HOST:PORT
    NameChanges contacts;              ///< by `OWNER ADDRESS`: for staff's eyes and this run only, never for an event
    NameChanges templates;             ///< filled by whoever holds the texts, see `changes_of`
    std::vector<std::string> sections; ///< other parts that changed: duties, outbox, metrics, ...; the keys of the file
    std::vector<std::string> restart;  ///< among them, those that take effect at the next start only

    [[nodiscard]] bool empty() const;
    friend bool operator==(const Difference&, const Difference&) = default;
};

/// From the configuration that runs to the one that would.
Difference difference(const Settings& running, const Settings& next);

/// The same for any texts by name: templates, files.
NameChanges changes_of(const std::map<std::string, std::string>& running, const std::map<std::string, std::string>& next);

/// For people: `watches: +2 -1 ~3 (+portal-web/liveness, ...)`, one line per kind of thing that changed; empty when nothing did.
/// At most `names` names of each list are written out.
std::string describe(const Difference& difference, std::size_t names);

} // namespace config

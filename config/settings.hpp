#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"
#include "model/directory.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace config {

/// Where a secret is found: never the secret itself. `credential:NAME`, `file:PATH`, `env:NAME`.
struct SecretReference {
    enum class Kind : std::uint8_t { none, credential, file, environment };
    Kind kind = Kind::none;
    std::string name;
    Position position;
};

/// A declared watch. The probe kind parses `block` (target, expect and whatever is its own).
struct WatchSettings {
    model::Watch watch;
    Node block;
};

struct ContactSettings {
    std::string owner;                 ///< tenant:NAME, manager, on_call
    model::ChannelKind channel = model::ChannelKind::mail;
    std::string address;               ///< mail address or URL
    SecretReference secret;
    Position position;
};

struct RelaySettings {
    std::string host;
    std::uint16_t port = 25;
    enum class Security : std::uint8_t { tls, starttls, none } security = Security::starttls;
    std::string from;
    std::string username;
    SecretReference password;
    std::string ca_file;
    double send_rate = 0;              ///< per second; 0: unlimited
    std::uint32_t parallel = 8;
    model::Milliseconds connect_cap{5'000};
    model::Milliseconds step_cap{20'000};
    model::Milliseconds final_cap{60'000};
    Position position;
};

struct ScheduleSettings {
    std::uint32_t lanes = 1;
    std::uint32_t per_destination = 4;   ///< attempts at a time to one host:port; one more slot is kept for confirmations
    std::uint32_t in_flight = 256;       ///< attempts at a time in all, per lane
};

/// `outbox:` of the configuration; the notifier's own defaults apply where absent.
struct OutboxOverrides {
    std::optional<std::vector<model::Milliseconds>> rounds;
    std::optional<model::Milliseconds> round_every;
    std::optional<model::Milliseconds> give_up_after;
    std::optional<model::Milliseconds> next_relay_after_4xx;
    std::optional<model::Milliseconds> next_contact_after;
    std::optional<model::Milliseconds> webhook_timeout;
    std::optional<model::Milliseconds> relay_suspect_for;
};

/// The whole configuration, long form, checked. Contacts in `directory` have no ids, addresses or secrets yet: the
/// daemon fills them from `contacts`, in order, when it has asked the ledger for ids.
struct Settings {
    bool rehearsal = false;
    std::string data_directory = "/var/lib/hinomi";
    std::string runtime_directory = "/run/hinomi";
    std::string templates_directory = "/etc/hinomi/templates";
    std::string ca_file;                       ///< for webhooks; empty: the system's
    model::Directory directory;
    std::vector<WatchSettings> watches;
    std::vector<ContactSettings> contacts;
    std::vector<RelaySettings> relays;
    std::optional<std::vector<std::string>> references; ///< name servers to cross-check with; absent: the configured resolvers
    ScheduleSettings schedule;
    OutboxOverrides outbox;
    std::string sha256_source;                 ///< the canonical text that a digest of the configuration is taken of
};

/// What config asks of the probes room without including it: the scheme's probe kind, or a problem.
struct TargetFacts {
    std::string probe_kind;
    std::string destination;   ///< host:port, lower case
    bool loopback = false;
};
using DescribeTarget = std::function<std::optional<TargetFacts>(const Node& target, Problems& problems)>;

/// One text of the configuration: the main file first, then conf.d in order.
struct Source {
    std::string file;
    std::string text;
};

/// The kind's own check of a watch's block: so that a configuration with errors elsewhere shows these errors as well.
using CheckWatch = std::function<void(const WatchSettings& watch, Problems& problems)>;

/// Reads the sources (short or long form, merged) into Settings. All problems are reported, in the order of the files;
/// nothing when one is an error. `check_watch` is asked only in that case: otherwise the caller makes the probes itself
/// and sees their problems then. At most 200 problems are told.
std::optional<Settings> load(const std::vector<Source>& sources, const std::string& host_name, const DescribeTarget& describe_target,
                             Problems& problems, const CheckWatch& check_watch = {});

} // namespace config

#pragma once

#include "config/document.hpp"
#include "config/limits.hpp"
#include "config/problem.hpp"
#include "model/directory.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <expected>
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

    friend bool operator==(const SecretReference& left, const SecretReference& right) {
        return left.kind == right.kind && left.name == right.name;
    }
};

/// A declared part of a service.
struct AssetSettings {
    std::string kind;                    ///< application, platform, server, storage, security_device, network_device, network
    std::vector<std::string> services;   ///< sorted
    std::string owner;
    std::string was;                     ///< its name before it was renamed; empty: none
    std::vector<std::string> depends_on; ///< assets; without cycles
    std::map<model::WatchClass, std::string> none;  ///< why there is no watch of a class
    bool from_list = false;              ///< made from an entry of targets_from: there may be very many
};

/// A declared watch. The probe kind parses `block` (target, expect and whatever is its own).
struct WatchSettings {
    model::Watch watch;
    Node block;
    std::uint64_t block_digest = 0;  ///< of the kind's own keys in the block; stays when the block is let go
    bool from_list = false;          ///< made from an entry of targets_from: there may be very many
};

struct ContactSettings {
    std::string owner;                 ///< tenant:NAME, manager, on_call
    model::ChannelKind channel = model::ChannelKind::mail;
    std::string address;               ///< mail address or URL
    SecretReference secret;
    bool out_of_band = false;          ///< its way survives the loss of the declared lines
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
    bool out_of_band = false;          ///< its way survives the loss of the declared lines
    Position position;
};

/// An external network (III.3.2.5). It is lost when `quorum` of its targets are.
struct LineSettings {
    std::string name;
    std::string gateway;                 ///< numeric address of its near end; empty: none named
    std::vector<WatchSettings> targets;  ///< ids `line:NAME/1` and so on, class liveness, no asset, no service
    std::uint32_t quorum = 1;
    model::Milliseconds every{60'000};
    model::Milliseconds timeout{5'000};
    Position position;
};

/// The read-only listener of `/metrics`.
struct MetricsSettings {
    enum class PerWatch : std::uint8_t { automatic, full, basic };
    bool enabled = true;
    std::string address = "127.0.0.1";   ///< numeric
    std::uint16_t port = 9470;
    PerWatch per_watch = PerWatch::automatic;  ///< automatic: full up to 5,000 watches, basic above
};

/// Unix groups by role; empty: only root and the daemon's own user.
struct ControlSettings {
    std::string viewer;
    std::string operator_group;
    std::string admin;
};

/// The listener for what changes something over HTTP: TLS, and clients with a certificate only (III.3.1.3 b).
struct AdministrationSettings {
    std::string address;                 ///< numeric
    std::uint16_t port = 0;
    std::string certificate_file;        ///< PEM, with what lies between it and its authority
    SecretReference key;                 ///< PEM
    std::string client_ca_file;          ///< PEM: who signs clients' certificates
    std::vector<std::string> viewer;     ///< names in clients' certificates that may look
    std::vector<std::string> admin;      ///< names that may also reload

    friend bool operator==(const AdministrationSettings&, const AdministrationSettings&) = default;
};

/// A ping to an outside party that notices our silence; sent while the watchdog's condition holds.
struct HeartbeatOutSettings {
    std::string url;
    model::Milliseconds every{60'000};
    SecretReference secret;              ///< what the ping is signed with, as a webhook is; kind none: unsigned
};

/// Copies of hinomi's own ledger.
struct BackupSettings {
    std::string path;                    ///< a directory
    model::Milliseconds every{86'400'000};
    std::uint32_t generations = 5;
};

/// How long records are kept at least (III.2.1.3 a, b).
struct RetentionSettings {
    model::Milliseconds usage{92LL * 86'400'000};
    model::Milliseconds exceptions{1'827LL * 86'400'000};
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
    std::string profile;                       ///< the checklist's name
    std::map<std::string, AssetSettings> assets;
    std::map<std::string, std::string> no_assets_of;   ///< kind of asset -> why there is none
    std::map<std::string, std::string> not_applicable; ///< item of the checklist -> why it does not apply
    std::vector<Weakening> weakenings;         ///< limits that are looser than the profile's, with their reasons
    std::vector<WatchSettings> watches;
    std::vector<LineSettings> lines;
    std::vector<ContactSettings> contacts;
    std::vector<RelaySettings> relays;
    std::optional<std::vector<std::string>> references; ///< name servers to cross-check with; absent: the configured resolvers
    ScheduleSettings schedule;
    OutboxOverrides outbox;
    MetricsSettings metrics;
    ControlSettings control;
    std::optional<AdministrationSettings> administration;  ///< nothing: no such listener
    std::optional<HeartbeatOutSettings> heartbeat_out;
    BackupSettings backup;
    RetentionSettings retention;
    Node root;                                 ///< the merged long form that all this was read from
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

/// Reads a file that the configuration names (`targets_from`): the text, or the system's words.
using ReadText = std::function<std::expected<std::string, std::string>(const std::string& path)>;

/// The kind's own check of a watch's block: so that a configuration with errors elsewhere shows these errors as well.
using CheckWatch = std::function<void(const WatchSettings& watch, Problems& problems)>;

/// The names of the sources, in order.
std::vector<std::string> files_of(const std::vector<Source>& sources);

/// In the order of the files and of the places within them; the same thing is said once, and not more than an operator can read (200).
Problems in_order(const Problems& found, const std::vector<std::string>& files);

/// Reads the sources (short or long form, merged) into Settings. All problems are reported, in the order of the files;
/// nothing when one is an error. `check_watch` is asked only in that case: otherwise the caller makes the probes itself
/// and sees their problems then. At most 200 problems are told. Without `read_text` a `targets_from` cannot be read.
std::optional<Settings> load(const std::vector<Source>& sources, const std::string& host_name, const DescribeTarget& describe_target,
                             Problems& problems, const CheckWatch& check_watch = {}, const ReadText& read_text = {});

} // namespace config

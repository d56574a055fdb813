#include "config/keys_table.hpp"

#include <array>

namespace config {

namespace {

using enum Mark;

// section, name, form, default, unit, source, mark, what it says
constexpr std::array rows{
    Key{"duties", "first_alert", "limit", "20min", "", "III.1.1.1 b", guideline, "detection until the last affected customer accepted"},
    Key{"duties", "follow_up", "limit", "60min", "", "III.1.1.8", guideline, "discovery until the follow-up was accepted"},
    Key{"duties", "follow_up_further", "limit", "60min", "", "1.2", product, "from one follow-up to the next, until recovery"},
    Key{"duties", "recovery", "limit", "20min", "", "1.2", product, "confirmed recovery until the notice was accepted"},
    Key{"duties", "blind_on_call", "limit", "10min", "", "1.2", product, "unknown for the class's limit until on-call was told"},
    Key{"duties", "blind_manager", "limit", "60min", "", "1.2", product, "the same for the manager"},
    Key{"duties", "line_manager", "limit", "60min", "", "III.3.2.5", guideline, "a line's loss detected until the manager was told"},
    Key{"duties", "grouping", "duration", "15s", "", "1.3", product, "duties that fall into this wait become one notice; at most 60s"},
    Key{"duties", "follow_up_release", "integer", "75", "% of follow_up", "1.2", product,
        "when a follow-up that no human released goes out by itself"},
    Key{"duties", "relapse_within", "duration", "10min", "", "1.1", product, "a failure so soon after restore reopens the incident"},

    Key{"outbox", "rounds", "list-of:duration", "[0s, 15s, 45s, 2min, 4min, 7min, 10min, 13min, 16min, 19min]", "", "1.4", product,
        "starts of the first rounds; a round tries all relays"},
    Key{"outbox", "round_every", "duration", "15min", "", "1.4", product, "from then on"},
    Key{"outbox", "give_up_after", "duration", "3d", "", "1.4", product, "the last round starts before this"},
    Key{"outbox", "next_relay_after_4xx", "duration", "10s", "", "1.4", product, "wait after a temporary refusal"},
    Key{"outbox", "next_contact_after", "duration", "60s", "", "1.4", product,
        "the next contact starts then, or after the second failed round"},
    Key{"outbox", "webhook_timeout", "duration", "10s", "", "1.4", product, "for a complete answer"},
    Key{"outbox", "relay_suspect_for", "duration", "30s", "", "1.4", product, "a relay that hung is tried last for so long"},

    Key{"schedule", "lanes", "integer", "1", "threads", "design 3", product, "that probe"},
    Key{"schedule", "per_destination", "integer", "4", "attempts", "design 3", product, "at a time to one host and port"},
    Key{"schedule", "in_flight", "integer", "256", "attempts", "design 3", product, "at a time per lane"},

    Key{"metrics", "listen", "word:none listen", "127.0.0.1:9470", "", "design 4", product, "ADDRESS:PORT, numeric; or none"},
    Key{"metrics", "per_watch", "word:automatic|full|basic", "automatic", "", "design 4", product,
        "series per watch; automatic: full, and basic above 5,000 watches"},

    Key{"administration", "listen", "text", "", "", "design 4", required, "ADDRESS:PORT, numeric, such as 127.0.0.1:9471"},
    Key{"administration", "certificate_file", "path", "", "", "III.3.1.3 b", required,
        "the server's certificate, PEM, with what lies between it and its authority"},
    Key{"administration", "key", "secret", "", "", "III.3.1.3 b", required, "the certificate's private key, PEM"},
    Key{"administration", "client_ca_file", "path", "", "", "III.3.1.3 b", required,
        "who signs the clients' certificates, PEM; nobody else is let in"},
    Key{"administration", "viewer", "names", "", "", "design 5", optional, "names in clients' certificates that may look"},
    Key{"administration", "admin", "names", "", "", "design 5", required, "names in clients' certificates that may reload"},

    Key{"heartbeat_out", "url", "url", "", "", "design 5", required, "where the ping goes, by POST; https outside loopback"},
    Key{"heartbeat_out", "every", "duration", "60s", "", "design 5", product, "between pings, while the watchdog's condition holds"},
    Key{"heartbeat_out", "secret", "secret", "", "", "design 5", optional, "what the ping is signed with, as a webhook is"},

    Key{"backup", "path", "path", "", "", "III.2.3.1", optional, "where the copies go; without the key backup in the data directory"},
    Key{"backup", "every", "limit", "1d", "", "III.2.3.1 a", guideline, "from copy to copy; on-call is told after twice that"},
    Key{"backup", "generations", "count", "5", "copies", "III.2.3.1 b", guideline, "kept at least"},

    Key{"retention", "usage", "period", "92d", "", "III.2.1.3 a", guideline, "records of usage: samples and statistics; also 3months"},
    Key{"retention", "exceptions", "period", "1827d", "", "III.2.1.3 b", guideline, "records of exceptions and security events; also 5y"},

    Key{"storage", "directory", "path", "/var/lib/hinomi", "", "design 4", product, "of the ledger"},
};

} // namespace

std::span<const Key> running_rows() { return rows; }

} // namespace config

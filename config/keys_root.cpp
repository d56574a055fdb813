#include "config/keys_table.hpp"

#include <array>

namespace config {

namespace {

using enum Mark;

// section, name, form, default, unit, source, mark, what it says
constexpr std::array rows{
    Key{"root", "profile", "word:mic2008-pattern1", "mic2008-pattern1", "", "design 1", product, "the checklist whose limits hold"},
    Key{"root", "mode", "word:live|rehearsal", "live", "", "design 4", product,
        "rehearsal sends customers' notices to on-call, marked 【訓練】"},
    Key{"root", "provider", "map:provider", "", "", "1.5", optional, "who sends the notices"},
    Key{"root", "services", "named:service", "", "", "2", required, "what customers use, by name"},
    Key{"root", "assets", "named:asset", "", "", "III.1.1.1 a", required, "what the services are made of, by name"},
    Key{"root", "asset_kinds", "named:asset_kind", "", "", "design 4", optional, "kinds of assets that there are none of, with the reason"},
    Key{"root", "watches", "list:watch", "", "", "1.1", required, "what is probed, and how"},
    Key{"root", "lines", "list:line", "", "", "III.3.2.5", optional, "external networks"},
    Key{"root", "tenants", "list:tenant", "", "", "1.4", required, "the customers, and how each is told"},
    Key{"root", "staff", "map:staff", "", "", "1.2", required, "the provider's own people"},
    Key{"root", "relays", "list:relay", "", "", "1.4", optional, "mail relays, tried in order; needed for mail contacts"},
    Key{"root", "duties", "map:duties", "", "", "1.2", optional, "limits of notices, to be tightened only"},
    Key{"root", "outbox", "map:outbox", "", "", "1.4", optional, "how often and how long a notice is tried"},
    Key{"root", "schedule", "map:schedule", "", "", "design 3", optional, "how much is probed at a time"},
    Key{"root", "references", "word:none list-of:text", "", "", "1.1", optional,
        "name servers that a silent target is cross-checked with; without the key those of the machine, and the default gateway where ICMP "
        "is allowed"},
    Key{"root", "controls", "named:control_item", "", "", "design 1", optional,
        "items of the checklist that do not apply, with the reason"},
    Key{"root", "metrics", "map:metrics", "", "", "design 4", optional, "the read-only listener of /metrics"},
    Key{"root", "control", "map:control", "", "", "design 5", optional, "who may use the control socket"},
    Key{"root", "administration", "map:administration", "", "", "III.3.1.3 b", optional,
        "the listener that reloads over HTTP: TLS, and clients with a certificate only"},
    Key{"root", "heartbeat_out", "map:heartbeat_out", "", "", "design 5", optional, "a ping to an outside party that notices our silence"},
    Key{"root", "backup", "map:backup", "", "", "III.2.3.1", optional, "copies of hinomi's own ledger"},
    Key{"root", "retention", "map:retention", "", "", "III.2.1.3", optional, "how long records are kept"},
    Key{"root", "storage", "map:storage", "", "", "design 4", optional, "where the ledger lies"},
    Key{"root", "ca_file", "path", "", "", "1.4", optional, "certificate authorities for webhooks; without the key those of the machine"},
    Key{"root", "runtime_directory", "path", "/run/hinomi", "", "design 4", product, "where the control socket lies"},
    Key{"root", "templates_directory", "path", "/etc/hinomi/templates", "", "design 4", product, "texts of your own"},
    Key{"root", "watch", "url", "", "", "design 4", optional, "short form: the one target"},
    Key{"root", "mail", "mail", "", "", "design 4", optional, "short form: customer, manager and on-call in one address"},
    Key{"root", "relay", "url", "", "", "design 4", optional, "short form: the one relay, smtp://HOST"},

    Key{"provider", "name", "text", "", "", "1.5", optional, "the sender's name in mails"},
    Key{"provider", "support", "prose", "", "", "1.5", optional, "お問い合わせ先: whom customers ask, as they read it"},
    Key{"provider", "timezone", "zone", "UTC", "", "3", product, "of incident numbers and staff mails"},

    Key{"asset_kind", "none", "text", "", "", "design 4", required, "why there is no asset of this kind"},
    Key{"control", "viewer", "group", "", "", "design 5", optional, "Unix group that may read; root and the daemon's own user always may"},
    Key{"control", "operator", "group", "", "", "design 5", optional, "Unix group that may acknowledge, note and declare maintenance"},
    Key{"control", "admin", "group", "", "", "design 5", optional, "Unix group that may do everything"},
    Key{"limit", "value", "text", "", "", "design 1", required,
        "what any limit may be written as: {value: 30min, weaker_than_profile: ...}"},
    Key{"limit", "weaker_than_profile", "text", "", "", "design 1", required,
        "why a limit of the profile is loosened; printed on the sheet"},
    Key{"control_item", "none", "text", "", "", "design 4", required, "why the item does not apply"},
};

} // namespace

std::span<const Key> root_rows() { return rows; }

} // namespace config

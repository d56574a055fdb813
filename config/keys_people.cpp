#include "config/keys_table.hpp"

#include <array>

namespace config {

namespace {

using enum Mark;

// section, name, form, default, unit, source, mark, what it says
constexpr std::array rows{
    Key{"tenant", "name", "name", "", "", "design 4", required, "of the customer; in ids and mails to staff"},
    Key{"tenant", "services", "names", "", "", "design 4", required, "what the customer uses; * stands for any run of characters"},
    Key{"tenant", "language", "word:ja|en", "ja", "", "1.5", product, "of the notices"},
    Key{"tenant", "policy", "word:any|primary|all", "any", "", "1.4", product,
        "any: all contacts at once, one acceptance is enough; primary: in order; all: every one"},
    Key{"tenant", "contacts", "list:contact", "", "", "1.4", required, "whom to tell"},

    Key{"contact", "email", "mail", "", "", "1.4", optional, "a mail address; or webhook"},
    Key{"contact", "webhook", "map:webhook", "", "", "1.4", optional, "a signed POST"},
    Key{"webhook", "url", "url", "", "", "1.4", required, "https outside loopback"},
    Key{"webhook", "secret", "secret", "", "", "1.4", required, "what notices are signed with; whsec_ and base64, or plain"},
    Key{"webhook", "out_of_band", "boolean", "false", "", "III.3.2.5", product, "its way survives the loss of the declared lines"},

    Key{"staff", "manager", "list:contact map:role", "", "", "1.2", required, "the responsible manager"},
    Key{"staff", "on_call", "list:contact map:role", "", "", "1.2", required, "who is paged"},
    Key{"role", "language", "word:ja|en", "ja", "", "1.5", product, "of the notices"},
    Key{"role", "policy", "word:any|primary|all", "any", "", "1.4", product, "as a tenant's"},
    Key{"role", "contacts", "list:contact", "", "", "1.4", required, "whom to tell"},

    Key{"relay", "smtp", "url", "", "", "1.4", required, "smtps://HOST[:465], or smtp://HOST[:25] with STARTTLS"},
    Key{"relay", "from", "mail", "", "", "1.4", required, "the sender's address"},
    Key{"relay", "username", "text", "", "", "1.4", optional, "goes with password"},
    Key{"relay", "password", "secret", "", "", "1.4", optional, "goes with username"},
    Key{"relay", "security", "word:starttls|tls|none", "", "", "1.4", optional,
        "follows from the scheme; none on loopback only, and the default there without a username"},
    Key{"relay", "send_rate", "rate", "", "", "1.4", optional, "what the relay takes, 5/s or 300/min; without it unlimited"},
    Key{"relay", "parallel", "integer", "8", "mails", "1.4", product, "at a time"},
    Key{"relay", "ca_file", "path", "", "", "1.4", optional, "its certificate authority; without it those of the machine"},
    Key{"relay", "caps", "map:caps", "", "", "1.4", optional, "how long each step may take"},
    Key{"relay", "out_of_band", "boolean", "false", "", "III.3.2.5", product, "its way survives the loss of the declared lines"},
    Key{"caps", "connect", "duration", "5s", "", "1.4", product, "to the open connection"},
    Key{"caps", "step", "duration", "20s", "", "1.4", product, "each step up to DATA"},
    Key{"caps", "final", "duration", "60s", "", "1.4", product, "from the final dot to the reply"},
};

} // namespace

std::span<const Key> people_rows() { return rows; }

} // namespace config

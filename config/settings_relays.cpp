#include "config/defaults.hpp"
#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/url.hpp"
#include "config/values.hpp"

#include <fmt/format.h>

namespace config {

namespace {

using Security = RelaySettings::Security;

void read_server(const Node& node, RelaySettings& relay, Problems& problems) {
    const auto url = read_plain_url(node, {"smtp", "smtps"}, problems);
    if (!url) return;
    if (!url->rest.empty() && url->rest != "/") {
        problems.push_back({node.position(), "a relay has no path", "Write smtp://HOST[:PORT] or smtps://HOST[:PORT]"});
    }
    const bool implicit = url->scheme == "smtps";
    relay.host = url->host;
    relay.port = url->port.value_or(implicit ? smtps_port : smtp_port);
    relay.security = implicit ? Security::tls : Security::starttls;
}

/// TLS is required outside loopback. On loopback a relay without credentials may be used in clear text, and is by default.
void read_security(const Node& node, RelaySettings& relay, Problems& problems) {
    const auto given = node.get("security");
    const auto word = read_word(given, {"starttls", "tls", "none"}, problems);
    const bool loopback = is_loopback(relay.host);
    const bool credentials = !relay.username.empty();
    if (relay.host.empty()) return;
    const bool implicit = relay.security == Security::tls;
    if (!word && !implicit && loopback && !credentials) relay.security = Security::none;
    if (!word || (*word == "tls" && implicit) || (*word == "starttls" && !implicit)) return;
    if (*word != "none" || implicit) {
        problems.push_back(
            {given.position(), "security does not fit the scheme of the relay", "smtps:// means tls; smtp:// means starttls"});
    } else if (!loopback) {
        problems.push_back({given.position(), "mail must not leave this machine in clear text",
                            "Remove security: none; STARTTLS is required outside loopback"});
    } else if (credentials) {
        problems.push_back(
            {given.position(), "a password must not be sent in clear text", "Remove security: none, or username and password"});
    } else {
        relay.security = Security::none;
    }
}

void read_credentials(const Node& node, RelaySettings& relay, Problems& problems) {
    const auto username = node.get("username");
    const auto password = node.get("password");
    relay.username = read_string(username, problems).value_or("");
    if (password.present() && password.kind() != NodeKind::scalar) read_string(password, problems);
    else if (const auto reference = read_secret(password, problems)) relay.password = *reference;
    if (username.present() == password.present()) return;
    problems.push_back({node.key_position(username.present() ? "username" : "password"), "username and password go together",
                        username.present() ? "Add password: credential:NAME, file:PATH or env:NAME" : "Add username: NAME"});
}

void read_caps(const Node& node, RelaySettings& relay, Problems& problems) {
    if (!is_map(node, problems)) return;
    refuse_unknown_keys(node, "caps", problems);
    constexpr Milliseconds longest{300'000};
    if (const auto cap = read_duration(node.get("connect"), shortest_interval, longest, problems)) relay.connect_cap = *cap;
    if (const auto cap = read_duration(node.get("step"), shortest_interval, longest, problems)) relay.step_cap = *cap;
    if (const auto cap = read_duration(node.get("final"), shortest_interval, longest, problems)) relay.final_cap = *cap;
}

RelaySettings read_relay(const Node& node, Problems& problems) {
    RelaySettings relay;
    relay.position = node.position();
    refuse_unknown_keys(node, "relay", problems);
    read_server(require(node, "smtp", "Add smtp: smtp://HOST or smtps://HOST", problems), relay, problems);
    relay.from = read_mail_address(require(node, "from", "Add from: ADDRESS, the sender of the mails", problems), problems).value_or("");
    read_credentials(node, relay, problems);
    read_security(node, relay, problems);
    relay.send_rate = read_rate(node.get("send_rate"), problems).value_or(0);
    if (const auto parallel = read_integer(node.get("parallel"), 1, 1'000, problems))
        relay.parallel = static_cast<std::uint32_t>(*parallel);
    relay.ca_file = read_path(node.get("ca_file"), problems).value_or("");
    read_caps(node.get("caps"), relay, problems);
    relay.out_of_band = read_bool(node.get("out_of_band"), problems).value_or(false);
    return relay;
}

} // namespace

std::vector<RelaySettings> read_relays(const Node& relays, Problems& problems) {
    std::vector<RelaySettings> result;
    if (!is_list(relays, problems)) return result;
    for (const auto& node : relays.items()) {
        if (node.kind() != NodeKind::map) {
            problems.push_back({node.position(), "this is not a relay", "Write - {smtp: \"smtps://HOST\", from: ADDRESS}"});
            continue;
        }
        auto relay = read_relay(node, problems);
        for (const auto& other : result) {
            if (relay.host.empty() || relay.host != other.host || relay.port != other.port) continue;
            problems.push_back({node.position(),
                                fmt::format("the relay {} is listed twice; first at {}", shown(join_host_port(relay.host, relay.port)),
                                            describe(other.position)),
                                "Keep one of the two"});
        }
        result.push_back(std::move(relay));
    }
    return result;
}

} // namespace config

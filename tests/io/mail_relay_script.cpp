#include "tests/io/mail_relay_script.hpp"

#include <string_view>

namespace relay_script {

namespace {

using scripted::hear;
using scripted::Script;
using scripted::secure;

/// Of the command that a part answers; the greeting and the handshake answer none.
Script heard_before(Part part) {
    if (part == Part::greeting || part == Part::handshake) return {};
    return {hear(part == Part::answer ? "\r\n.\r\n" : "\r\n")};
}

Script good_reply(Part part, const Relay& relay) {
    const std::string auth = relay.authenticates ? "250-AUTH PLAIN\r\n" : "";
    switch (part) {
    case Part::greeting: return {reply("220 relay.test ESMTP")};
    case Part::ehlo:
        if (relay.security == io::MailSecurity::starttls) return {reply("250-relay.test\r\n250 STARTTLS")};
        return {reply("250-relay.test\r\n" + auth + "250 8BITMIME")};
    case Part::starttls: return {reply("220 2.0.0 go ahead")};
    case Part::handshake: return {secure()};
    case Part::ehlo_secured: return {reply("250-relay.test\r\n" + auth + "250 8BITMIME")};
    case Part::auth: return {reply("334 ")};
    case Part::credentials: return {reply("235 2.7.0 welcome")};
    case Part::mail:
    case Part::rcpt: return {reply("250 2.1.0 ok")};
    case Part::data: return {reply("354 go on")};
    case Part::answer: return {reply("250 2.0.0 queued as 7")};
    case Part::farewell: return {reply("221 2.0.0 bye")};
    }
    return {};
}

bool takes_part(Part part, const Relay& relay) {
    switch (part) {
    case Part::starttls:
    case Part::ehlo_secured: return relay.security == io::MailSecurity::starttls;
    case Part::auth:
    case Part::credentials: return relay.authenticates;
    default: return part != Part::handshake;
    }
}

void add(Script& script, Part part, const Relay& relay) {
    script = std::move(script) + heard_before(part);
    const auto replaced = relay.instead.find(part);
    script = std::move(script) + (replaced == relay.instead.end() ? good_reply(part, relay) : replaced->second);
}

} // namespace

Script script_of(const Relay& relay) {
    Script script;
    if (relay.security == io::MailSecurity::tls) add(script, Part::handshake, relay);
    for (auto number = static_cast<std::uint8_t>(Part::greeting); number <= static_cast<std::uint8_t>(Part::farewell); ++number) {
        const auto part = static_cast<Part>(number);
        if (takes_part(part, relay)) add(script, part, relay);
        if (part == Part::starttls && relay.security == io::MailSecurity::starttls) add(script, Part::handshake, relay);
    }
    return script;
}

} // namespace relay_script

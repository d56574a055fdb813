#pragma once

#include "io/mail_transaction.hpp"
#include "tests/io/scripted_server.hpp"

#include <cstdint>
#include <map>
#include <string>

/// An SMTP relay as a script, any part of which can be replaced by another.
namespace relay_script {

/// The parts of the dialogue, in their order; each ends with the relay's reply.
enum class Part : std::uint8_t { greeting, ehlo, starttls, handshake, ehlo_secured, auth, credentials, mail, rcpt, data, answer, farewell };

/// What the relay does instead of its good reply; what it has heard before stays.
using Replacements = std::map<Part, scripted::Script>;

struct Relay {
    io::MailSecurity security = io::MailSecurity::none;
    bool authenticates = false;
    Replacements instead;
};

/// The whole dialogue of one mail.
scripted::Script script_of(const Relay& relay);

/// A reply, its line end added.
inline scripted::Move reply(const std::string& line) { return scripted::say(line + "\r\n"); }

} // namespace relay_script

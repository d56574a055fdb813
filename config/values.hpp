#pragma once

#include "config/document.hpp"
#include "config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Values that several sections share.
namespace config {

/// `credential:NAME`, `file:PATH`, `env:NAME`. Anything else may be the secret itself: refused without being shown.
/// An absent node yields nothing without a problem.
std::optional<SecretReference> read_secret(const Node& node, Problems& problems);

/// Whether `name` (of a service, asset, tenant, watch) is made of letters, digits, `.`, `_`, `-`, begins with a letter or
/// digit and has at most 64 characters: names stand in ids, URLs and metric labels. Otherwise a problem.
bool is_name(std::string_view name, const Position& position, Problems& problems);

/// An address as RCPT and From take it: ASCII, LOCAL@DOMAIN, at most 254 characters.
std::optional<std::string> read_mail_address(const Node& node, Problems& problems);

/// A zone of the machine's tz database, with a "did you mean".
std::optional<std::string> read_time_zone(const Node& node, Problems& problems);

/// An absolute path.
std::optional<std::string> read_path(const Node& node, Problems& problems);

} // namespace config

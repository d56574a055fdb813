#pragma once

#include "config/settings.hpp"

#include <functional>
#include <optional>
#include <string>

namespace probes {

/// What a reference stands for; nothing and a problem when it cannot be had.
using ReadSecret = std::function<std::optional<std::string>(const config::SecretReference& reference, config::Problems& problems)>;

/// A secret that becomes part of one line (a header, a user's password): one with a line break in it is a problem. Nothing
/// and a problem when it cannot be had.
std::optional<std::string> read_secret_line(const ReadSecret& read, const config::SecretReference& reference, config::Problems& problems);

} // namespace probes

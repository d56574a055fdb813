#pragma once

#include "config/problem.hpp"
#include "config/settings.hpp"
#include "io/files.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hinomi {

/// Where secrets come from: `credential:NAME` below $CREDENTIALS_DIRECTORY (a file NAME, or hinomi_NAME where systemd loaded a folder),
/// `file:PATH`, `env:NAME`.
class Secrets {
public:
    using Environment = std::function<std::optional<std::string>(const std::string& name)>;

    Secrets(io::Files& files, Environment environment) : files_(files), environment_(std::move(environment)) {}

    /// The secret without its final line end; empty for Kind::none. A secret that cannot be had is a problem that names
    /// the place and the remedy, never the value.
    std::optional<std::string> resolve(const config::SecretReference& reference, config::Problems& problems);

    /// The same for what webhooks and pings are signed with: `whsec_` and base64 are decoded, anything else is the key itself.
    std::optional<std::string> resolve_signing_key(const config::SecretReference& reference, config::Problems& problems);

private:
    std::optional<std::string> from_directory(const std::string& directory, const config::SecretReference& reference,
                                              config::Problems& problems);
    std::optional<std::string> from_file(const std::string& path, const config::SecretReference& reference, config::Problems& problems);

    io::Files& files_;
    Environment environment_;
};

/// A variable of the process's environment; nothing where it is not set.
std::optional<std::string> environment(const std::string& name);

} // namespace hinomi

#pragma once

#include "config/settings.hpp"
#include "daemon/engine.hpp"
#include "daemon/secrets.hpp"
#include "io/files.hpp"
#include "ledger/stored_event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hinomi {

/// Reads FILE and the conf.d folder beside it, and checks all of it, the probes' own blocks included.
struct LoadedConfiguration {
    config::Settings settings;
    std::vector<DeclaredWatch> watches;
    std::string sha256;
    std::vector<std::string> files;  ///< that it was read from, in order
};
std::optional<LoadedConfiguration> load_configuration(const std::string& file, io::Files& files, config::Problems& problems);

/// Turns the configuration into what the engine runs on: secrets read, contact ids from `known` (new ones are for the caller
/// to save), templates loaded. Takes the watches of `loaded`. A broken template is a warning: the built-in text stays in force.
std::optional<EngineSettings> engine_settings(LoadedConfiguration& loaded, io::Files& files, Secrets& secrets,
                                              const std::vector<ledger::ContactRow>& known, config::Problems& problems);

/// The relays with their secrets.
std::vector<notifier::Relay> relays_of(const config::Settings& settings, Secrets& secrets, config::Problems& problems);

/// The watches, each probe with the secrets it names.
std::vector<DeclaredWatch> with_secrets(std::vector<DeclaredWatch> watches, Secrets& secrets, config::Problems& problems);

/// The built-in texts, and the operator's own of the folder; one that is broken is a warning.
notifier::Templates load_templates(const std::string& directory, io::Files& files, config::Problems& problems);

/// The outbox's own defaults with the configuration's overrides.
notifier::OutboxSettings outbox_settings(const config::OutboxOverrides& overrides);

/// Mail transactions at a time, each on a thread of its own: as many as the relays together may have under way, within reason.
std::uint32_t mail_parallel(const std::vector<config::RelaySettings>& relays);

/// Gives back what there is one of for each of very many watches, and only the making of the engine needs: of 100,000 it is several times
/// what these take.
void forget_very_many(config::Settings& settings, std::vector<DeclaredWatch>& watches);

bool has_errors(const config::Problems& problems);

} // namespace hinomi

#pragma once

#include "daemon/configuration.hpp"
#include "daemon/verbs.hpp"

#include <vector>

namespace hinomi {

/// The rows of the table of verbs for `config show|diff|schema|reference|defaults`. All run here, none asks the daemon.
std::vector<Verb> config_verbs();

/// Writes the configuration that runs, in its long form, to the runtime directory, so that `config diff` can compare. Called at
/// start and after every reload. Replaced as a whole; a failure is logged and no more, since nothing else depends on it.
void keep_running_configuration(const config::Settings& running);

} // namespace hinomi

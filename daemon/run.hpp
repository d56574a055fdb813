#pragma once

#include "daemon/exit_code.hpp"

#include <string>

namespace hinomi {

/// `hinomi run`: the daemon, until SIGTERM or SIGINT. Returns the exit code.
int run_daemon(const std::string& configuration_file);

} // namespace hinomi

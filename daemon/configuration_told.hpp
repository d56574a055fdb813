#pragma once

#include "daemon/configuration.hpp"
#include "daemon/verbs.hpp"

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <optional>

namespace hinomi {

/// Loads the configuration that a verb was given, and tells what is wrong with it: as lines on standard error, and with `--format json`
/// as one object on standard output too when nothing comes of it.
std::optional<LoadedConfiguration> load_and_tell(const Given& given, io::Files& files);
std::optional<LoadedConfiguration> load_and_tell(const Given& given);

/// A line for each.
void print_lines(const config::Problems& problems, std::ostream& out);

/// `{"ok": false, "message": ..., "problems": [...]}`
nlohmann::ordered_json refusal_json(const config::Problems& problems);

/// Each with file, line, column (0: not known), level (error or warning), text and remedy.
nlohmann::ordered_json to_json(const config::Problems& problems);

} // namespace hinomi

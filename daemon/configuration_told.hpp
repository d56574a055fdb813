#pragma once

#include "daemon/configuration.hpp"
#include "daemon/verbs.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace hinomi {

/// Loads the configuration that a verb was given, and tells what is wrong with it: as lines on standard error, or with `--format json`
/// as one object on standard output when nothing comes of it.
std::optional<LoadedConfiguration> load_and_tell(const Given& given, io::Files& files);
std::optional<LoadedConfiguration> load_and_tell(const Given& given);

/// `{"ok": false, "message": ..., "problems": [...]}`
nlohmann::ordered_json refusal_json(const config::Problems& problems);

/// Each with file, line, column (0: not known), level (error or warning), text and remedy.
nlohmann::ordered_json to_json(const config::Problems& problems);

} // namespace hinomi

#pragma once

#include <string_view>

/// Texts that are compiled in from the files of the same content, so that the executable needs nothing beside it.
namespace config {

std::string_view built_in_profile_text();   ///< profiles/mic2008-pattern1.yaml
std::string_view built_in_defaults_text();  ///< defaults.yaml: every default with its source

} // namespace config

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

/// What a probe kind adds to a watch's block; handed in by the daemon, since config/ does not know the kinds.
struct KindKeys {
    std::string_view kind;
    std::vector<std::string_view> schemes;
    std::vector<std::string_view> keys;
};

/// The JSON Schema (draft 2020-12) of a configuration file, from the table of keys: for editors and for programs that write
/// configurations. What several files together must hold is not asked of one file. Ends with a line break.
std::string json_schema(const std::vector<KindKeys>& kinds);

/// The manual's reference of all keys in Markdown, from the same table.
std::string markdown_reference();

} // namespace config

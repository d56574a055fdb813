#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

/// What a probe kind takes where a key of its own is left out.
struct KindDefault {
    std::string_view key;          ///< a key within a map after a dot: `expect.status`
    std::string_view value;        ///< as an operator would write it
    std::string_view scheme = {};  ///< of that target only; empty: of any
};

/// What a probe kind adds to a watch's block; handed in by the daemon, since config/ does not know the kinds.
struct KindKeys {
    std::string_view kind;
    std::vector<std::string_view> schemes;
    std::vector<std::string_view> keys;
    std::vector<KindDefault> defaults = {};
};

/// The JSON Schema (draft 2020-12) of a configuration file, from the table of keys: for editors and for programs that write
/// configurations. What several files together must hold is not asked of one file. Ends with a line break.
std::string json_schema(const std::vector<KindKeys>& kinds);

/// The manual's reference of all keys in Markdown, from the same table.
std::string markdown_reference();

} // namespace config

#pragma once

#include "config/schema.hpp"
#include "config/settings.hpp"

#include <string>
#include <vector>

namespace config {

/// The whole configuration in its long form as YAML, all files merged. Secrets appear as their references, as they were written.
/// With `defaults` every key that was left out and has a default stands there too, marked in a comment with its source. The text
/// can be loaded again from anywhere and says the same: the paths of target lists are absolute, where a file's own path is relative from
/// `folder`, which is that or empty. Empty lists and maps stay. What `kinds` take by themselves stands in comments, so that watches which
/// are loaded again are the same.
std::string long_form_text(const Settings& settings, bool defaults, const std::string& folder, const std::vector<KindKeys>& kinds = {});

/// One value that differs between two configurations.
struct ValueChange {
    std::string path;    ///< `watches[portal-web].liveness.every`
    std::string before;  ///< in one line of JSON; empty: it was not there
    std::string after;   ///< empty: it is not there any more
    Position position;   ///< in the later one; of the earlier one when it is gone

    friend bool operator==(const ValueChange&, const ValueChange&) = default;
};

/// Value by value, in the order of the later tree. Items of lists are told apart by their names, not by their places. `folder`: as above.
std::vector<ValueChange> value_changes(const Node& running, const Node& next, const std::string& folder);

} // namespace config

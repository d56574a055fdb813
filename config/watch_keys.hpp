#pragma once

#include <string_view>
#include <vector>

namespace config {

/// The keys of a watch's block that every kind has and config/ itself reads. A kind adds its own and refuses the rest.
const std::vector<std::string_view>& common_watch_keys();

} // namespace config

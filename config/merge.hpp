#pragma once

#include "config/document.hpp"

namespace config {

/// One tree out of two files: maps merge, lists append, a null gives way. A scalar set twice, or two kinds for one key,
/// is a problem that names both places.
Node merge(const Node& earlier, const Node& later, Problems& problems);

} // namespace config

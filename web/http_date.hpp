#pragma once

#include "model/time.hpp"

#include <string>

namespace web {

/// `Mon, 23 Nov 2026 04:05:06 GMT` (RFC 9110, 5.6.7).
std::string http_date(model::WallTime time);

} // namespace web

#pragma once

#include "model/time.hpp"

#include <optional>
#include <string>

namespace hinomi {

/// `2026-11-23T10:00:00+09:00` in the zone; empty for the zero time.
std::string rfc3339(model::WallTime time, const std::string& zone);

/// `2026-11-23T10:00:00+09:00`, `2026-11-23T01:00Z`, or without an offset `2026-11-23 10:00` as local time of `zone`. A
/// local time that a change of clocks leaves out or repeats yields nothing.
std::optional<model::WallTime> parse_time(const std::string& text, const std::string& zone);

/// `3d 4h`, `12min 5s`: the two largest units.
std::string spoken(model::Milliseconds duration);

} // namespace hinomi

#pragma once

#include "model/notice.hpp"
#include "model/time.hpp"

#include <string>

namespace notifier {

/// `2026-11-23 13:05 JST`: 24 h, the zone always named, as customers read it. A zone that the machine does not know is
/// UTC; a moment that is zero or outside the years 1970 to 9999 is empty.
std::string say_time(model::WallTime time, const std::string& zone);

/// RFC 3339 in UTC with milliseconds; zero is empty.
std::string rfc3339(model::WallTime time);

/// `20261123`, the day in the zone.
std::string say_day(model::WallTime time, const std::string& zone);

/// In minutes, as an average reader counts: 75分(1時間15分), 75 minutes (1 h 15 min). Below one minute says so.
std::string say_duration(model::Milliseconds duration, model::Language language);

} // namespace notifier

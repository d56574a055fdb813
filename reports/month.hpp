#pragma once

#include "reports/intervals.hpp"

#include <string>

namespace reports {

/// The calendar month around `time` in a zone of the machine's tz database: a day with a change of the clock has 23 or 25
/// hours. An unknown zone counts as UTC: configurations are checked for it.
Interval month_of(const std::string& zone, model::WallTime time);

/// The one before the month around `time`.
Interval month_before(const std::string& zone, model::WallTime time);

} // namespace reports

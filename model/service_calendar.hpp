#pragma once

#include "model/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace model {

/// A stretch of one weekday, in the service's zone: half-open, in minutes after local midnight.
struct WeeklyHours {
    std::uint8_t weekday = 1;       ///< 1 Monday .. 7 Sunday, as ISO 8601 counts
    std::uint16_t from_minute = 0;
    std::uint16_t to_minute = 1440; ///< over `from_minute`, at most 1440

    friend bool operator==(const WeeklyHours&, const WeeklyHours&) = default;
};

/// Maintenance that comes again and was declared in the configuration (III.2.1.1). It is announced `lead` before each start;
/// one that was not announced by then is no valid maintenance (semantics 2).
struct RecurringWindow {
    enum class Every : std::uint8_t { day, week, month };

    Every every = Every::week;
    std::uint8_t weekday = 0;       ///< 1 Monday .. 7 Sunday; 0: any day, or `day` decides
    std::uint8_t nth = 0;           ///< of a month, with `weekday`: the 1st to 4th such day; 5: the last one; 0: not by weekday
    std::uint8_t day = 0;           ///< of a month: 1..31, a month without that day has no window; 0: `nth` and `weekday` decide
    std::uint16_t from_minute = 0;  ///< local start, minutes after midnight
    Milliseconds lasts{0};          ///< elapsed time from the start on, at most a day
    std::string time_zone = "Asia/Tokyo";  // [P]
    Milliseconds lead{24 * 3'600'000};     ///< announced this long before the start; [P] semantics 2
    std::string title;              ///< what is done, as customers read it; may be empty

    friend bool operator==(const RecurringWindow&, const RecurringWindow&) = default;
};

} // namespace model

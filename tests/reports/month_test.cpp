#include "reports/month.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using std::chrono::hours;
using std::chrono::sys_days;
using std::chrono::year;

model::WallTime utc(int years, unsigned month, unsigned day, int hour = 0) {
    return model::WallTime{sys_days{year{years} / std::chrono::month{month} / std::chrono::day{day}}} + hours{hour};
}

struct Case {
    std::string name;
    std::string zone;
    model::WallTime time;
    model::WallTime from;
    model::WallTime to;
};

TEST(Month, BeginsAndEndsAtMidnightOfItsZone) {
    const std::vector<Case> cases{
        {"UTC", "UTC", utc(2026, 11, 15), utc(2026, 11, 1), utc(2026, 12, 1)},
        {"Tokyo", "Asia/Tokyo", utc(2026, 11, 15), utc(2026, 10, 31, 15), utc(2026, 11, 30, 15)},
        {"Tokyo is in December already", "Asia/Tokyo", utc(2026, 11, 30, 15), utc(2026, 11, 30, 15), utc(2026, 12, 31, 15)},
        {"a day of 23 hours", "Europe/Berlin", utc(2026, 3, 29), utc(2026, 2, 28, 23), utc(2026, 3, 31, 22)},
        {"a day of 25 hours", "Europe/Berlin", utc(2026, 10, 25), utc(2026, 9, 30, 22), utc(2026, 10, 31, 23)},
        {"a leap year", "UTC", utc(2028, 2, 29), utc(2028, 2, 1), utc(2028, 3, 1)},
        {"an unknown zone", "Nowhere/Atall", utc(2026, 1, 31, 23), utc(2026, 1, 1), utc(2026, 2, 1)},
    };
    for (const auto& each : cases) {
        const auto month = reports::month_of(each.zone, each.time);
        EXPECT_EQ(month.from, each.from) << each.name;
        EXPECT_EQ(month.to, each.to) << each.name;
    }
}

TEST(Month, MonthsFollowEachOtherWithoutAGap) {
    for (const auto* zone : {"UTC", "Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"}) {
        auto month = reports::month_of(zone, utc(2026, 12, 31));
        for (int count = 0; count < 400; ++count) {
            const auto before = reports::month_before(zone, month.from);
            ASSERT_EQ(before.to, month.from) << zone;
            ASSERT_EQ(reports::month_of(zone, before.from), before) << zone;
            ASSERT_EQ(reports::month_of(zone, before.to - model::Milliseconds{1}), before) << zone;
            month = before;
        }
    }
}

} // namespace

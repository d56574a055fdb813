#include "daemon/calendar.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using namespace std::chrono_literals;

model::WallTime at(int year, unsigned month, unsigned day, int hour, int minute) {
    return model::WallTime{std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} +
                           std::chrono::hours{hour} + std::chrono::minutes{minute}};
}

TEST(Calendar, the_date_is_that_of_the_zone) {
    Calendar tokyo("Asia/Tokyo");
    EXPECT_EQ("20261123", tokyo.date(at(2026, 11, 23, 14, 59)));
    EXPECT_EQ("20261124", tokyo.date(at(2026, 11, 23, 15, 0)));
    EXPECT_EQ("20261123", tokyo.date(at(2026, 11, 23, 14, 59))) << "going back over the border too";
    EXPECT_EQ("2026-11", tokyo.month(at(2026, 11, 23, 15, 0)));
}

TEST(Calendar, a_day_of_25_hours_ends_when_it_ends) {
    Calendar berlin("Europe/Berlin");
    EXPECT_EQ("20261025", berlin.date(at(2026, 10, 24, 22, 0)));
    EXPECT_EQ("20261025", berlin.date(at(2026, 10, 25, 22, 59)));
    EXPECT_EQ("20261026", berlin.date(at(2026, 10, 25, 23, 0)));
}

TEST(Calendar, an_unknown_zone_counts_as_utc) {
    Calendar nowhere("Nowhere/Land");
    EXPECT_EQ("20261123", nowhere.date(at(2026, 11, 23, 23, 59)));
}

TEST(Calendar, the_year_1970_and_a_year_ahead_are_dates_too) {
    Calendar tokyo("Asia/Tokyo");
    EXPECT_EQ("19700101", tokyo.date(model::WallTime{0ms}));
    EXPECT_EQ("20271123", tokyo.date(at(2027, 11, 23, 1, 0)));
}

} // namespace
} // namespace hinomi

#include "reports/service_hours.hpp"
#include "reports/month.hpp"

#include <gtest/gtest.h>

namespace {

using reports::Interval;
using reports::IntervalSet;
using std::chrono::hours;
using std::chrono::sys_days;
using std::chrono::year;

model::WallTime utc(int years, unsigned month, unsigned day, int hour = 0) {
    return model::WallTime{sys_days{year{years} / std::chrono::month{month} / std::chrono::day{day}}} + hours{hour};
}

model::Service office(const std::string& zone) {
    model::Service service;
    service.time_zone = zone;
    for (std::uint8_t weekday = 1; weekday <= 5; ++weekday) service.hours.push_back({weekday, 9 * 60, 18 * 60});
    return service;
}

std::int64_t hours_in(const IntervalSet& set) { return std::chrono::duration_cast<hours>(set.length()).count(); }

TEST(ServiceHours, AreAlwaysWithoutADeclaration) {
    const Interval window{utc(2026, 11, 1), utc(2026, 11, 2)};
    EXPECT_EQ(reports::service_hours({}, window), (IntervalSet{window}));
    EXPECT_TRUE(reports::service_hours({}, {window.to, window.from}).empty());
}

TEST(ServiceHours, AreOfTheServicesOwnZone) {
    // Monday, 2026-11-23 in Tokyo
    const auto day = reports::service_hours(office("Asia/Tokyo"), {utc(2026, 11, 22, 15), utc(2026, 11, 23, 15)});
    EXPECT_EQ(day, (IntervalSet{{utc(2026, 11, 23, 0), utc(2026, 11, 23, 9)}}));
    const auto week = reports::service_hours(office("Asia/Tokyo"), {utc(2026, 11, 22, 15), utc(2026, 11, 29, 15)});
    EXPECT_EQ(hours_in(week), 45);
}

TEST(ServiceHours, AreCutByTheWindow) {
    const auto part = reports::service_hours(office("UTC"), {utc(2026, 11, 23, 10), utc(2026, 11, 23, 12)});
    EXPECT_EQ(hours_in(part), 2);
    EXPECT_TRUE(reports::service_hours(office("UTC"), {utc(2026, 11, 21), utc(2026, 11, 23)}).empty());  // a weekend
}

TEST(ServiceHours, LeaveHolidaysOut) {
    auto service = office("Asia/Tokyo");
    service.closed_on = {year{2026} / 11 / 23};
    EXPECT_EQ(hours_in(reports::service_hours(service, {utc(2026, 11, 22, 15), utc(2026, 11, 29, 15)})), 36);
    model::Service always;
    always.closed_on = {year{2026} / 11 / 23};
    EXPECT_EQ(hours_in(reports::service_hours(always, {utc(2026, 11, 22), utc(2026, 11, 25)})), 48);
}

TEST(ServiceHours, HaveDaysOf23And25Hours) {
    model::Service service;
    service.time_zone = "Europe/Berlin";
    for (std::uint8_t weekday = 1; weekday <= 7; ++weekday) service.hours.push_back({weekday, 0, 1440});
    EXPECT_EQ(hours_in(reports::service_hours(service, reports::month_of("Europe/Berlin", utc(2026, 3, 15)))), 31 * 24 - 1);
    EXPECT_EQ(hours_in(reports::service_hours(service, reports::month_of("Europe/Berlin", utc(2026, 10, 15)))), 31 * 24 + 1);
    // open from 02:30 to 04:00 on the day on which 02:00 to 03:00 is skipped
    service.hours = {{7, 150, 240}};
    const auto skipped = reports::service_hours(service, {utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)});
    EXPECT_EQ(skipped, (IntervalSet{{utc(2026, 3, 29, 1), utc(2026, 3, 29, 2)}}));
}

} // namespace

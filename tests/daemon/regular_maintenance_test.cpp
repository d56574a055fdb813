#include "daemon/regular_maintenance.hpp"

#include "daemon/times.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using model::Milliseconds;
using model::RecurringWindow;
using model::WallTime;

constexpr Milliseconds hour{3'600'000};

WallTime at(const std::string& text) { return parse_time(text, "UTC").value(); }

struct Case {
    std::string name;
    RecurringWindow window;
    std::string from;
    std::string until;
    std::vector<std::string> starts;  ///< in the window's zone
};

RecurringWindow window(RecurringWindow::Every every, std::uint8_t weekday, std::uint8_t nth, std::uint8_t day, std::uint16_t minute,
                       const std::string& zone = "Asia/Tokyo") {
    RecurringWindow made;
    made.every = every;
    made.weekday = weekday;
    made.nth = nth;
    made.day = day;
    made.from_minute = minute;
    made.lasts = 2 * hour;
    made.time_zone = zone;
    return made;
}

TEST(RegularMaintenance, occursAsTheCalendarOfItsZoneSays) {
    using enum RecurringWindow::Every;
    const std::vector<Case> table{
        {"every night, and it begins on the day before in UTC",
         window(day, 0, 0, 0, 120),
         "2026-11-25T16:00Z",
         "2026-11-27T17:00Z",
         {"2026-11-26T02:00:00+09:00", "2026-11-27T02:00:00+09:00"}},
        {"Sundays",
         window(week, 7, 0, 0, 60),
         "2026-11-25T00:00Z",
         "2026-12-08T00:00Z",
         {"2026-11-29T01:00:00+09:00", "2026-12-06T01:00:00+09:00"}},
        {"the second Tuesday",
         window(month, 2, 2, 0, 0),
         "2026-11-01T00:00Z",
         "2027-01-01T00:00Z",
         {"2026-11-10T00:00:00+09:00", "2026-12-08T00:00:00+09:00"}},
        {"the last Saturday, of a month with five and of one with four",
         window(month, 6, 5, 0, 0),
         "2026-10-01T00:00Z",
         "2026-12-01T00:00Z",
         {"2026-10-31T00:00:00+09:00", "2026-11-28T00:00:00+09:00"}},
        {"the 31st, where there is one",
         window(month, 0, 0, 31, 0),
         "2026-10-15T00:00Z",
         "2027-01-15T00:00Z",
         {"2026-10-31T00:00:00+09:00", "2026-12-31T00:00:00+09:00"}},
        {"left out by summer time: at the change",
         window(day, 0, 0, 0, 150, "Europe/Berlin"),
         "2026-03-28T12:00Z",
         "2026-03-29T12:00Z",
         {"2026-03-29T03:00:00+02:00"}},
        {"twice by winter time: the first",
         window(day, 0, 0, 0, 150, "Europe/Berlin"),
         "2026-10-24T12:00Z",
         "2026-10-25T12:00Z",
         {"2026-10-25T02:30:00+02:00"}},
    };
    for (const auto& [name, made, from, until, starts] : table) {
        std::vector<std::string> found;
        for (const auto& each : occurrences(made, at(from), at(until))) {
            found.push_back(rfc3339(each.start, made.time_zone));
            EXPECT_EQ(each.end - each.start, made.lasts) << name;
        }
        EXPECT_EQ(found, starts) << name;
    }
}

class Declaring : public ::testing::Test {
protected:
    Declaring() {
        auto& service = directory.services["portal"];
        service.name = "portal";
        service.regular_maintenance = {window(RecurringWindow::Every::week, 7, 0, 0, 60)};
        directory.tenants["acme"].name = "acme";
        directory.tenants_of["portal"] = {"acme"};
    }

    std::vector<model::Payload> look(const std::string& when) {
        now = {.wall = at(when), .boot = at(when).time_since_epoch(), .boot_id = 1};
        auto events = regular_maintenance(book, directory, {.now = now, .date = "20261127", .clock_doubtful = false});
        for (auto& event : events) book.apply({++sequence, now, event});
        return events;
    }

    model::Directory directory;
    incidents::Book book;
    model::Instant now;
    model::Sequence sequence = 0;
};

TEST_F(Declaring, aDayBeforeItsAnnouncementIsDueAndOnlyOnce) {
    EXPECT_TRUE(look("2026-11-26T15:00Z").empty()) << "49 hours before";
    ASSERT_EQ(look("2026-11-26T17:00Z").size(), 2U) << "declared, and announced";
    const auto& made = book.maintenances.at("MNT-20261127-01").maintenance;
    EXPECT_EQ(made.start, at("2026-11-28T16:00Z"));
    EXPECT_TRUE(made.regular);
    EXPECT_TRUE(book.duties.contains("MNT-20261127-01/maintenance/1/tenant:acme"));
    EXPECT_TRUE(look("2026-11-26T18:00Z").empty());
    EXPECT_TRUE(look("2026-11-28T17:00Z").empty()) << "going on";
}

TEST_F(Declaring, whatLeftTheConfigurationBeforeItsStartIsCancelled) {
    look("2026-11-27T00:00Z");
    directory.services["portal"].regular_maintenance.clear();
    EXPECT_FALSE(look("2026-11-27T01:00Z").empty());
    EXPECT_TRUE(book.maintenances.at("MNT-20261127-01").cancelled);
    EXPECT_TRUE(look("2026-11-27T01:01Z").empty());
}

} // namespace
} // namespace hinomi

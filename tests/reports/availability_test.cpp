#include "reports/availability.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using reports::Availability;
using reports::Interval;
using reports::IntervalSet;
using reports::Verdict;

constexpr std::int64_t minute = 60'000;

Interval minutes(std::int64_t from, std::int64_t to) {
    return {model::WallTime{model::Milliseconds{from * minute}}, model::WallTime{model::Milliseconds{to * minute}}};
}

struct Case {
    std::string name;
    reports::AvailabilitySets sets;
    std::int64_t planned;  // minutes, as the others
    std::int64_t down;
    std::int64_t unknown;
    std::string worst;
    std::string best;
    Verdict verdict;       // against 99.5 %
};

TEST(Availability, IsWhatTheSetsSay) {
    const IntervalSet day{minutes(0, 1440)};
    const std::vector<Case> cases{
        {"nothing happened", {day, {}, {}, {}}, 1440, 0, 0, "100.00", "100.00", Verdict::passed},
        {"an hour down", {day, {}, {minutes(60, 120)}, {}}, 1440, 60, 0, "95.83", "95.83", Verdict::failed},
        {"overlapping outages count once",
         {day, {}, {minutes(60, 120), minutes(90, 150)}, {}},
         1440,
         90,
         0,
         "93.75",
         "93.75",
         Verdict::failed},
        {"down in maintenance is no outage",
         {day, {minutes(60, 120)}, {minutes(60, 120)}, {}},
         1380,
         0,
         0,
         "100.00",
         "100.00",
         Verdict::passed},
        {"an overrun is", {day, {minutes(60, 120)}, {minutes(90, 123)}, {}}, 1380, 3, 0, "99.78", "99.78", Verdict::passed},
        {"an unused window stays unplanned",
         {day, {minutes(0, 720)}, {minutes(720, 756)}, {}},
         720,
         36,
         0,
         "95.00",
         "95.00",
         Verdict::failed},
        {"unknown is not up", {day, {}, {}, {minutes(0, 720)}}, 1440, 0, 720, "50.00", "100.00", Verdict::undetermined},
        {"unknown hides no outage", {day, {}, {minutes(100, 200)}, {minutes(0, 720)}}, 1440, 100, 620, "50.00", "93.05", Verdict::failed},
        {"unknown in maintenance is nothing",
         {day, {minutes(0, 720)}, {}, {minutes(0, 720)}},
         720,
         0,
         0,
         "100.00",
         "100.00",
         Verdict::passed},
        {"outside the hours nothing counts",
         {{minutes(540, 1080)}, {}, {minutes(0, 540)}, {minutes(1080, 1440)}},
         540,
         0,
         0,
         "100.00",
         "100.00",
         Verdict::passed},
        {"no service minutes", {{}, {}, {minutes(0, 1)}, {}}, 0, 0, 0, "-", "-", Verdict::undetermined},
        {"all unknown", {day, {}, {}, {{Interval::always, Interval::forever}}}, 1440, 0, 1440, "0.00", "100.00", Verdict::undetermined},
        {"never rounded up", {{minutes(0, 100'000)}, {}, {minutes(0, 504)}, {}}, 100'000, 504, 0, "99.49", "99.49", Verdict::failed},
        {"exactly the objective passes",
         {{minutes(0, 100'000)}, {}, {minutes(0, 500)}, {}},
         100'000,
         500,
         0,
         "99.50",
         "99.50",
         Verdict::passed},
    };
    for (const auto& each : cases) {
        const auto figures = reports::measure(each.sets);
        EXPECT_EQ(figures.planned.count(), each.planned * minute) << each.name;
        EXPECT_EQ(figures.down.count(), each.down * minute) << each.name;
        EXPECT_EQ(figures.unknown.count(), each.unknown * minute) << each.name;
        EXPECT_EQ(reports::worst_percent(figures), each.worst) << each.name;
        EXPECT_EQ(reports::best_percent(figures), each.best) << each.name;
        EXPECT_EQ(reports::judge(figures, 9950), each.verdict) << each.name;
    }
}

TEST(Availability, NoDataIsNeverAHundredPercent) {
    EXPECT_FALSE(reports::worst({}).has_value());
    EXPECT_FALSE(reports::coverage({}).has_value());
    const Availability blind{.planned = model::Milliseconds{1000}, .unknown = model::Milliseconds{1000}};
    EXPECT_FALSE(reports::measured(blind).has_value());
    EXPECT_EQ(reports::measured_percent(blind), "-");
    EXPECT_EQ(reports::coverage(blind), 0.0);
}

TEST(Availability, AWholeMonthDoesNotOverflow) {
    const auto month = model::Milliseconds{31LL * 86'400'000};
    const Availability figures{.planned = month, .down = model::Milliseconds{1}};
    EXPECT_EQ(reports::worst_percent(figures), "99.99");
    EXPECT_EQ(reports::judge(figures, 9999), Verdict::passed);
    EXPECT_EQ(reports::judge(figures, 10'000), Verdict::failed);
}

} // namespace

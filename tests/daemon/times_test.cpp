#include "daemon/times.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using model::Milliseconds;
using model::WallTime;

constexpr WallTime moment{Milliseconds{1'795'600'800'000}};  // 2026-11-25T10:00:00Z

TEST(Times, are_shown_in_the_zone) {
    EXPECT_EQ(rfc3339(moment, "Asia/Tokyo"), "2026-11-25T19:00:00+09:00");
    EXPECT_EQ(rfc3339(moment, "UTC"), "2026-11-25T10:00:00+00:00");
    EXPECT_EQ(rfc3339(moment, "Nowhere/Nothing"), "2026-11-25T10:00:00+00:00");
    EXPECT_EQ(rfc3339(WallTime{}, "UTC"), "");
}

TEST(Times, are_read_as_people_write_them) {
    for (const auto* text : {"2026-11-25T19:00:00+09:00", "2026-11-25T19:00+09:00", "2026-11-25 19:00+09:00", "2026-11-25T10:00:00Z",
                             "2026-11-25T10:00Z", "2026-11-25 19:00", "2026-11-25T19:00:00"}) {
        const auto time = parse_time(text, "Asia/Tokyo");
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(*time, moment) << text;
    }
    for (const auto* text : {"", "tomorrow", "19:00", "2026-13-01 00:00", "2026-11-25 19:00 JST", "2026-11-25"})
        EXPECT_FALSE(parse_time(text, "Asia/Tokyo")) << text;
}

TEST(Times, a_local_time_that_does_not_come_exactly_once_is_refused) {
    EXPECT_FALSE(parse_time("2026-03-29 02:30", "Europe/Berlin")) << "left out";
    EXPECT_FALSE(parse_time("2026-10-25 02:30", "Europe/Berlin")) << "repeated";
    EXPECT_TRUE(parse_time("2026-10-25T02:30+01:00", "Europe/Berlin"));
}

TEST(Times, durations_are_told_by_their_two_largest_units) {
    EXPECT_EQ(spoken(Milliseconds{0}), "0s");
    EXPECT_EQ(spoken(Milliseconds{250}), "250ms");
    EXPECT_EQ(spoken(Milliseconds{5'250}), "5s");
    EXPECT_EQ(spoken(Milliseconds{725'000}), "12min 5s");
    EXPECT_EQ(spoken(Milliseconds{3'600'000}), "1h");
    EXPECT_EQ(spoken(Milliseconds{-90'000}), "-1min 30s");
    EXPECT_EQ(spoken(Milliseconds{90'061'000}), "1d 1h");
}

} // namespace
} // namespace hinomi

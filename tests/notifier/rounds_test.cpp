#include "notifier/rounds.hpp"

#include <gtest/gtest.h>

namespace {

using model::Milliseconds;
using notifier::after_attempt;
using notifier::begin_course;

constexpr Milliseconds seconds(std::int64_t count) { return Milliseconds{count * 1'000}; }

const notifier::OutboxSettings settings;
const std::vector<std::string> two{"r1", "r2"};

TEST(Rounds, startAtTheTimesOfTheSemanticsAndThenEveryQuarterOfAnHour) {
    const std::vector<std::int64_t> expected{0, 15, 45, 120, 240, 420, 600, 780, 960, 1'140, 2'040, 2'940};
    for (std::uint32_t number = 0; number < expected.size(); ++number)
        EXPECT_EQ(notifier::round_start(settings, number), seconds(expected[number])) << number;
}

TEST(Rounds, withoutAListTheyFollowEachOtherEvenly) {
    notifier::OutboxSettings even;
    even.rounds.clear();
    EXPECT_EQ(notifier::round_start(even, 0), seconds(0));
    EXPECT_EQ(notifier::round_start(even, 3), seconds(2'700));
}

TEST(Rounds, aRelaysFaultLetsTheNextRelayTryAtOnce) {
    const auto course =
        after_attempt(begin_course(settings, seconds(100)), {.relay = "r1", .ended = seconds(105), .relay_fault = true}, two, settings);
    EXPECT_EQ(course.due, seconds(105));
    EXPECT_EQ(course.round, 0U);
    EXPECT_TRUE(course.tried.contains("r1"));
    EXPECT_EQ(course.failed_rounds, 0U);
}

TEST(Rounds, aTemporaryReplyLetsTheNextRelayTryAfterTenSeconds) {
    const auto course = after_attempt(begin_course(settings, seconds(100)), {.relay = "r1", .ended = seconds(101)}, two, settings);
    EXPECT_EQ(course.due, seconds(111));
}

TEST(Rounds, endWhenEveryRelayWasTried) {
    auto course =
        after_attempt(begin_course(settings, seconds(100)), {.relay = "r1", .ended = seconds(101), .relay_fault = true}, two, settings);
    course = after_attempt(course, {.relay = "r2", .ended = seconds(102), .relay_fault = true}, two, settings);
    EXPECT_EQ(course.round, 1U);
    EXPECT_EQ(course.due, seconds(115));
    EXPECT_EQ(course.failed_rounds, 1U);
    EXPECT_TRUE(course.tried.empty());
}

TEST(Rounds, areNotDoubledWhenOneRunsOverTheNext) {
    // 50 s into the course the rounds of 15 s and 45 s are due: one round starts, once
    const auto course =
        after_attempt(begin_course(settings, seconds(100)), {.relay = "hook", .ended = seconds(150), .relay_fault = true}, {}, settings);
    EXPECT_EQ(course.round, 2U);
    EXPECT_EQ(course.due, seconds(150));
    const auto after_reply = after_attempt(begin_course(settings, seconds(100)), {.relay = "hook", .ended = seconds(150)}, {}, settings);
    EXPECT_EQ(after_reply.due, seconds(160));
}

TEST(Rounds, skipAllThatWereMissedInALongWait) {
    auto course = begin_course(settings, seconds(0));
    course.round = 3;
    course = after_attempt(course, {.relay = "hook", .ended = seconds(1'140 + 900 * 4 + 10), .relay_fault = true}, {}, settings);
    EXPECT_EQ(course.round, 13U);
    EXPECT_EQ(course.due, seconds(1'140 + 900 * 4 + 10));
    EXPECT_EQ(course.failed_rounds, 1U);
    course = after_attempt(course, {.relay = "hook", .ended = course.due + seconds(1)}, {}, settings);
    EXPECT_EQ(course.round, 14U);
    EXPECT_EQ(course.due, seconds(1'140 + 900 * 5));
}

TEST(Rounds, waitForWhatTheReceiverAskedFor) {
    const auto course =
        after_attempt(begin_course(settings, seconds(0)), {.relay = "hook", .ended = seconds(1), .not_before = seconds(300)}, {}, settings);
    EXPECT_EQ(course.due, seconds(300));
}

struct Wish {
    const char* what;
    Milliseconds asked;
    Milliseconds ended;
    Milliseconds limit;
    Milliseconds honoured;
};

TEST(RetryAfter, isHonouredOnlyUpToTheRemainingTime) {
    for (const auto& wish : std::vector<Wish>{
             {"nothing asked", seconds(0), seconds(5), seconds(1'200), seconds(0)},
             {"within the limit", seconds(120), seconds(5), seconds(1'200), seconds(125)},
             {"past the limit: one time-out before it", seconds(7'200), seconds(5), seconds(1'200), seconds(1'190)},
             {"no duty: one interval between rounds at most", seconds(7'200), seconds(5), Milliseconds::max(), seconds(905)},
         }) {
        EXPECT_EQ(notifier::honoured_until(wish.asked, wish.ended, wish.limit, settings), wish.honoured) << wish.what;
    }
}

} // namespace

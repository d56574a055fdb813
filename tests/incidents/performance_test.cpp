#include "tests/incidents/desk.hpp"

#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::Change;
using model::Condition;
using model::Pace;

class Performance : public ::testing::Test {
protected:
    /// Takes samples `every` so long until something changes; at most `most`.
    model::Verdict until_change(Seen seen, Milliseconds every, int most) {
        model::Verdict verdict;
        for (taken = 1; taken <= most; ++taken) {
            desk.wait(every);
            verdict = desk.sample(watch, seen);
            if (verdict.change != Change::none) return verdict;
        }
        return verdict;
    }

    void fill_window(Seen seen, Milliseconds every) {
        for (int sample = 0; sample < 11; ++sample) {
            desk.wait(every);
            last = desk.sample(watch, seen);
        }
    }

    Desk desk;
    model::Watch watch = desk.watch("web/performance", model::WatchClass::performance, {"portal"});
    model::Verdict last;
    int taken = 0;
};

struct Spacing {
    Milliseconds every;
    int samples;    ///< in a window: at least 10, and 5 min from the first start to the last completion
};

TEST_F(Performance, a_window_is_five_minutes_and_ten_samples) {
    const Spacing spacings[] = {{30 * second, 11}, {60 * second, 10}, {120 * second, 10}, {590 * second, 10}};
    for (const auto& spacing : spacings) {
        SCOPED_TRACE(spacing.every.count());
        desk.states.clear();
        auto fresh = desk;
        std::swap(desk, fresh);
        desk.wait(spacing.every);
        desk.sample(watch, Seen::pass);  // verified, and the first of the first window
        for (int sample = 2; sample < spacing.samples; ++sample) {
            desk.wait(spacing.every);
            EXPECT_EQ(desk.sample(watch, Seen::pass).condition, Condition::pending) << "the first window is still filling";
        }
        desk.wait(spacing.every);
        EXPECT_EQ(desk.sample(watch, Seen::pass).condition, Condition::up);
        const auto window_began = desk.now.boot + spacing.every - Milliseconds{50};
        const auto verdict = until_change(Seen::slow, spacing.every, 20);
        EXPECT_EQ(verdict.change, Change::suspected);
        EXPECT_EQ(taken, spacing.samples);
        EXPECT_EQ(verdict.detect, desk.now) << "detect is the end of the first bad window";
        EXPECT_EQ(verdict.first_bad.boot, window_began);
        EXPECT_EQ(verdict.pace, Pace::soon);
        EXPECT_EQ(verdict.pace_after, watch.rules->window_retry);
        EXPECT_EQ(verdict.reason, model::Reason::too_slow);
    }
}

TEST_F(Performance, two_bad_windows_confirm_and_two_good_ones_recover) {
    fill_window(Seen::pass, 30 * second);
    const auto suspected = until_change(Seen::slow, 30 * second, 20);
    const auto confirmed = until_change(Seen::slow, 5 * second, 20);
    EXPECT_EQ(confirmed.change, Change::confirmed);
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(confirmed.condition, Condition::degraded);
    EXPECT_EQ(confirmed.detect, suspected.detect);
    EXPECT_EQ(confirmed.pace, Pace::regular);

    desk.wait(30 * second);
    const auto restore = desk.now.boot - Milliseconds{50};
    desk.sample(watch, Seen::pass);
    EXPECT_EQ(until_change(Seen::pass, 30 * second, 10).change, Change::none);
    EXPECT_EQ(desk.states["web/performance"].passes, 1U);
    const auto recovered = until_change(Seen::pass, 5 * second, 20);
    EXPECT_EQ(recovered.change, Change::recovered);
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(recovered.condition, Condition::up);
    EXPECT_EQ(recovered.restore.boot, restore);
}

TEST_F(Performance, a_good_second_window_clears) {
    fill_window(Seen::pass, 30 * second);
    until_change(Seen::slow, 30 * second, 20);
    const auto verdict = until_change(Seen::pass, 5 * second, 20);
    EXPECT_EQ(verdict.change, Change::cleared);
    EXPECT_EQ(verdict.condition, Condition::up);
    EXPECT_EQ(verdict.pace, Pace::regular);
}

struct Share {
    std::uint32_t percentile;
    int slow;
    bool bad;
};

TEST_F(Performance, the_percentile_decides_by_nearest_rank) {
    for (const auto& share :
         {Share{95, 1, true}, Share{95, 0, false}, Share{90, 1, false}, Share{90, 2, true}, Share{50, 5, false}, Share{50, 6, true}}) {
        SCOPED_TRACE(share.percentile * 100 + static_cast<std::uint32_t>(share.slow));
        Desk fresh;
        std::swap(desk, fresh);
        watch.rules.edit().percentile = share.percentile;
        model::Verdict verdict;
        for (int sample = 0; sample < 10; ++sample) {
            desk.wait(60 * second);
            verdict = desk.sample(watch, 10 - sample <= share.slow ? Seen::slow : Seen::pass);
        }
        EXPECT_EQ(verdict.change == Change::suspected, share.bad);
    }
}

TEST_F(Performance, failed_and_silent_samples_are_slower_than_any_threshold) {
    watch.rules.edit().slower_than = Milliseconds{60'000};
    fill_window(Seen::pass, 30 * second);
    EXPECT_EQ(until_change(Seen::fail, 30 * second, 20).change, Change::suspected);
    EXPECT_EQ(until_change(Seen::silent, 5 * second, 20).change, Change::confirmed);
}

TEST_F(Performance, an_unknown_sample_starts_a_new_window) {
    fill_window(Seen::pass, 30 * second);
    for (int sample = 0; sample < 9; ++sample) {
        desk.wait(60 * second);
        desk.sample(watch, Seen::slow);
    }
    desk.wait(60 * second);
    const auto unknown = desk.sample(watch, Seen::blind);
    EXPECT_EQ(unknown.change, Change::unknown_began);
    EXPECT_EQ(unknown.condition, Condition::unknown);
    desk.wait(10 * second);
    const auto seen_again = desk.sample(watch, Seen::slow);
    EXPECT_EQ(seen_again.change, Change::unknown_ended);
    EXPECT_EQ(seen_again.condition, Condition::pending);
    EXPECT_EQ(until_change(Seen::slow, 60 * second, 20).change, Change::suspected);
    EXPECT_EQ(taken, 9);
}

TEST_F(Performance, never_within_the_threshold_is_unverified) {
    until_change(Seen::slow, 30 * second, 20);
    const auto verdict = until_change(Seen::slow, 5 * second, 20);
    EXPECT_EQ(verdict.change, Change::confirmed);
    EXPECT_FALSE(verdict.verified);
}

TEST_F(Performance, goes_on_with_the_second_window_after_a_restart) {
    fill_window(Seen::pass, 30 * second);
    const auto suspected = until_change(Seen::slow, 30 * second, 20);
    desk.restart();
    const auto confirmed = until_change(Seen::slow, 5 * second, 20);
    EXPECT_EQ(confirmed.change, Change::confirmed);
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(confirmed.detect, suspected.detect);
}

} // namespace
} // namespace incidents

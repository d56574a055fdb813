#include "incidents/elapsed.hpp"

#include "tests/incidents/desk.hpp"
#include "tests/simulation/dice.hpp"

#include <gtest/gtest.h>

namespace incidents {
namespace {

Instant at(std::int64_t wall, std::int64_t boot, model::BootId boot_id = 1) {
    return {model::WallTime{Milliseconds{wall}}, Milliseconds{boot}, boot_id};
}

model::Deadline deadline_from(const Instant& base, Milliseconds limit) { return running_since(base, limit, base, nullptr); }

TEST(Elapsed, counts_boot_time_whatever_the_wall_clock_does) {
    const auto deadline = deadline_from(at(1'000'000, 5'000), 20 * minute);
    EXPECT_EQ(elapsed(deadline, at(1'000'000 - 3'600'000, 65'000)), 60 * second);
    EXPECT_EQ(elapsed(deadline, at(1'000'000 + 3'600'000, 65'000)), 60 * second);
    EXPECT_EQ(boot_when(deadline, 60 * second), Milliseconds{65'000});
}

struct Boot {
    const char* what;
    Instant heartbeat;
    Instant started;
    Milliseconds expected;
};

TEST(Elapsed, over_a_boot_the_larger_of_wall_difference_and_last_heartbeat_plus_the_new_boot_counts) {
    const auto deadline = deadline_from(at(1'000'000, 5'000), 20 * minute);
    const Boot boots[] = {
        {"honest clock", at(1'060'000, 65'000), at(1'300'000, 2'000, 2), Milliseconds{300'000}},
        {"wall set back an hour", at(1'060'000, 65'000), at(1'300'000 - 3'600'000, 2'000, 2), Milliseconds{62'000}},
        {"clock starts in 1970", at(1'060'000, 65'000), at(0, 2'000, 2), Milliseconds{62'000}},
        {"no heartbeat yet", {}, at(0, 2'000, 2), Milliseconds{2'000}},
        {"same boot", at(1'060'000, 65'000), at(1'300'000, 305'000, 1), Milliseconds{300'000}},
    };
    for (const auto& boot : boots) {
        SCOPED_TRACE(boot.what);
        const auto carried = carry_over(deadline, boot.heartbeat, boot.started);
        EXPECT_EQ(elapsed(carried, boot.started), boot.expected);
        EXPECT_EQ(carried.estimated, boot.started.boot_id != 1);
        EXPECT_EQ(carried.base, deadline.base);
        EXPECT_EQ(boot_when(carried, boot.expected + second), boot.started.boot + second);
    }
}

TEST(Elapsed, a_forward_step_corrects_an_estimate_but_no_more_than_the_wall_clock_says) {
    const auto base = at(1'000'000'000, 5'000);
    const auto started = at(0, 2'000, 2);
    const auto carried = carry_over(deadline_from(base, 20 * minute), at(1'000'060'000, 65'000), started);
    const auto right = at(1'000'360'000, 12'000, 2);
    EXPECT_EQ(elapsed(step_forward(carried, Milliseconds{1'000'350'000}, right), right), Milliseconds{360'000});
    EXPECT_EQ(elapsed(step_forward(carried, Milliseconds{-5'000}, right), right), Milliseconds{72'000});
    const auto exact = deadline_from(base, 20 * minute);
    EXPECT_EQ(step_forward(exact, 60 * second, at(1'000'060'000, 5'000)).elapsed_at_anchor, Milliseconds{0})
        << "not estimated: nothing to correct";
}

TEST(Elapsed, a_clock_started_in_an_earlier_boot_goes_on_from_what_was_carried) {
    const auto base = at(1'000'000, 5'000);
    const auto carried = carry_over(deadline_from(base, Milliseconds{0}), at(1'100'000, 105'000), at(0, 2'000, 2));
    const auto now = at(10'000, 12'000, 2);
    EXPECT_EQ(elapsed(running_since(base, 20 * minute, now, &carried), now), Milliseconds{112'000});
    EXPECT_EQ(elapsed(running_since(base, 20 * minute, now, nullptr), now), Milliseconds{0}) << "without it only the wall clock is left";
    EXPECT_TRUE(running_since(base, 20 * minute, now, &carried).estimated);
}

TEST(Elapsed, remaining_time_never_grows_over_steps_heartbeats_and_boots) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        simulation::Dice dice(seed);
        auto now = at(1'800'000'000'000, 1'000'000);
        auto deadline = deadline_from(now, 20 * minute);
        auto heartbeat = now;
        Milliseconds at_heartbeat{0};
        Milliseconds last{0};
        for (int move = 0; move < 60; ++move) {
            const auto passed = dice.between(Milliseconds{0}, 60 * second);
            now.wall += passed;
            now.boot += passed;
            switch (dice.between(0, 3)) {
            case 0: {
                const auto step = dice.between(-60 * minute, 60 * minute);
                now.wall += step;
                deadline = step_forward(deadline, step, now);
                break;
            }
            case 1:
                heartbeat = now;
                at_heartbeat = elapsed(deadline, now);
                break;
            case 2:
                now.wall = dice.chance(200) ? model::WallTime{Milliseconds{0}} : now.wall + dice.between(-60 * minute, 60 * minute);
                now.boot = dice.between(Milliseconds{0}, 10 * second);
                ++now.boot_id;
                deadline = carry_over(deadline, heartbeat, now);
                last = at_heartbeat;  // what nobody wrote down before the crash is lost
                break;
            default: break;
            }
            ASSERT_GE(elapsed(deadline, now), last);
            last = elapsed(deadline, now);
        }
    }
}

} // namespace
} // namespace incidents

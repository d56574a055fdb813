#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/manual_clock.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using model::Milliseconds;

TEST(TimerQueue, RunsByDueTimeAndThenByOrderOfPlanning) {
    io::TimerQueue queue;
    std::string order;
    queue.add(Milliseconds{20}, [&] { order += 'c'; });
    queue.add(Milliseconds{10}, [&] { order += 'a'; });
    queue.add(Milliseconds{20}, [&] { order += 'd'; });
    queue.add(Milliseconds{10}, [&] { order += 'b'; });
    EXPECT_EQ(queue.next(), Milliseconds{10});
    EXPECT_FALSE(queue.run_one(Milliseconds{9}));
    while (queue.run_one(Milliseconds{20})) {
    }
    EXPECT_EQ(order, "abcd");
    EXPECT_EQ(queue.next(), Milliseconds::max());
}

TEST(TimerQueue, ACancelledTimerDoesNotRunAndCancellingAgainIsIgnored) {
    io::TimerQueue queue;
    bool ran = false;
    const auto first = queue.add(Milliseconds{1}, [&] { ran = true; });
    EXPECT_NE(first, 0U);
    queue.remove(first);
    queue.remove(first);
    queue.remove(12345);
    EXPECT_FALSE(queue.run_one(Milliseconds{100}));
    EXPECT_FALSE(ran);
    EXPECT_EQ(queue.size(), 0U);
}

/// Comes back to the queue when it is destroyed, as a coroutine's locals do.
struct Returning {
    io::TimerQueue& queue;
    io::Clock::TimerId other;
    ~Returning() { queue.remove(other); }
};

TEST(TimerQueue, AnActionMayComeBackToTheQueueWhileItIsDestroyed) {
    io::TimerQueue queue;
    const auto plain = queue.add(Milliseconds{5}, [] {});
    const auto owner = std::make_shared<Returning>(queue, plain);
    const auto owning = queue.add(Milliseconds{1}, [owner] {});
    queue.add(Milliseconds{2}, [also = std::make_shared<Returning>(queue, owning)] {});
    queue.clear();
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(owner.use_count(), 1);
}

TEST(ManualClock, EveryTimerSeesItsOwnDueTimeAndTheWallMovesAlong) {
    fakes::ManualClock clock;
    const auto start = clock.now();
    std::vector<model::Instant> seen;
    for (const int after : {300, 100, 200}) clock.call_at(start.boot + Milliseconds{after}, [&] { seen.push_back(clock.now()); });
    clock.advance(Milliseconds{250});
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].boot, start.boot + Milliseconds{100});
    EXPECT_EQ(seen[1].boot, start.boot + Milliseconds{200});
    EXPECT_EQ(seen[1].wall, start.wall + Milliseconds{200});
    EXPECT_EQ(clock.now().boot, start.boot + Milliseconds{250});
    EXPECT_EQ(clock.next_due(), start.boot + Milliseconds{300});
}

TEST(ManualClock, ATimerPlannedByATimerRunsInTheSameAdvanceWhenItIsDue) {
    fakes::ManualClock clock;
    int fired = 0;
    std::function<void()> again = [&] {
        if (++fired < 1'000) clock.call_at(clock.now().boot + Milliseconds{1}, [&] { again(); });
    };
    clock.call_at(clock.now().boot, [&] { again(); });
    clock.advance(Milliseconds{10'000});
    EXPECT_EQ(fired, 1'000);
}

TEST(ManualClock, AWallStepMovesNoTimer) {
    fakes::ManualClock clock;
    bool ran = false;
    clock.call_at(clock.now().boot + Milliseconds{100}, [&] { ran = true; });
    const auto wall = clock.now().wall;
    clock.step_wall(Milliseconds{3'600'000});
    EXPECT_EQ(clock.now().wall, wall + Milliseconds{3'600'000});
    clock.advance(Milliseconds{99});
    EXPECT_FALSE(ran);
    clock.set_wall(model::WallTime{Milliseconds{5}});
    clock.advance(Milliseconds{1});
    EXPECT_TRUE(ran);
    EXPECT_EQ(clock.now().wall, model::WallTime{Milliseconds{6}});
}

TEST(ManualClock, ARebootForgetsTheTimersAndStartsANewBootTime) {
    fakes::ManualClock clock;
    bool ran = false;
    clock.call_at(clock.now().boot + Milliseconds{100}, [&] { ran = true; });
    const auto wall = clock.now().wall;
    clock.reboot(77);
    EXPECT_EQ(clock.now().boot_id, 77U);
    EXPECT_EQ(clock.now().wall, wall);
    clock.advance(Milliseconds{10'000'000});
    EXPECT_FALSE(ran);
}

TEST(CountingRandom, TheSameSeedGivesTheSameNumbersAndAnotherSeedOthers) {
    fakes::CountingRandom one(1);
    fakes::CountingRandom same(1);
    fakes::CountingRandom other(2);
    const auto first = one.next();
    EXPECT_EQ(first, same.next());
    EXPECT_NE(first, other.next());
    EXPECT_EQ(fakes::CountingRandom(0).next(), 0xe220a8397b1dcdafULL);  // splitmix64's published first value for seed 0
}

} // namespace

#include "io/boot_clock.hpp"

#include "io/instant.hpp"
#include "io/sleep.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;

TEST(BootClock, TellsBothTimesAndTheKernelsBootId) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    io::BootClock another(context.get_executor());
    const auto now = clock.now();
    EXPECT_GT(now.boot.count(), 0);
    EXPECT_GT(now.wall.time_since_epoch().count(), 1'600'000'000'000);
    EXPECT_EQ(now.boot_id, another.now().boot_id);
    EXPECT_LE(now.boot, another.now().boot);
    std::string text;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> text;
    std::erase(text, '-');
    EXPECT_EQ(now.boot_id, std::stoull(text.substr(0, 16), nullptr, 16));
}

TEST(BootClock, TakesNoTwoBootsForOneWhereTheBootIdCannotBeRead) {
    EXPECT_EQ(io::boot_id_of("0123456789abcdef-rest"), 0x0123456789abcdefU);
    for (const std::string unreadable : {"", "0123", "not a boot id at all", "00000000-0000-0000-0000-000000000000"}) {
        EXPECT_NE(io::boot_id_of(unreadable), 0U);
        EXPECT_NE(io::boot_id_of(unreadable), io::boot_id_of(unreadable)) << unreadable;
    }
}

TEST(BootClock, RunsTimersInOrderNeverInsideCallAtAndNotBeforeTheirTime) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    const auto start = clock.now().boot;
    std::string order;
    clock.call_at(start + Milliseconds{8}, [&] {
        EXPECT_GE(clock.now().boot, start + Milliseconds{8});
        order += 'c';
        context.stop();
    });
    clock.call_at(start + Milliseconds{2}, [&] { order += 'b'; });
    const auto dropped = clock.call_at(start + Milliseconds{1}, [&] { order += 'x'; });
    clock.call_at(start - Milliseconds{1'000}, [&] { order += 'a'; });
    clock.cancel(dropped);
    EXPECT_EQ(order, "");
    context.run();
    EXPECT_EQ(order, "abc");
}

TEST(BootClock, ATimerPlannedEarlierThanTheArmedOneIsNotLate) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    clock.call_at(clock.now().boot + Milliseconds{3'600'000}, [] { FAIL(); });
    asio::post(context, [&] { clock.call_at(clock.now().boot + Milliseconds{1}, [&] { context.stop(); }); });
    context.run();
    EXPECT_TRUE(context.stopped());
}

TEST(BootClock, ATimerThatPlansItselfForThePastDoesNotStopTheLoop) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    int rounds = 0;
    std::function<void()> again = [&] {
        ++rounds;
        clock.call_at(Milliseconds{1}, [&] { again(); });
    };
    again();
    asio::post(context, [&] { asio::post(context, [&] { context.stop(); }); });
    context.run();
    EXPECT_GE(rounds, 1);
}

asio::awaitable<bool> sleep_shortly(io::Clock& clock) {
    const auto due = clock.now().boot + Milliseconds{3};
    co_await io::sleep_until(clock, due);
    co_return clock.now().boot >= due;
}

TEST(BootClock, CoroutinesSleepOnIt) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    EXPECT_TRUE(run_to_end(context, sleep_shortly(clock)));
}

} // namespace

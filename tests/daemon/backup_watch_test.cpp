#include "daemon/backup_watch.hpp"

#include "io/spawn.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/run_loop.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using namespace std::chrono_literals;

class BackupWatchTest : public ::testing::Test {
public:
    ~BackupWatchTest() override { clock.clear(); }

protected:
    void start() {
        watch.emplace(
            BackupWatch::Parts{
                .clock = clock, .newest = [this] { return look(); }, .every = [this] { return every; }, .tell = [this] { ++told; }},
            clock.now().wall);
        io::spawn(loop.executor(), watch->run(), [](std::exception_ptr) {});
        loop.settle();
    }
    asio::awaitable<std::optional<model::WallTime>> look() {
        ++looks;
        co_return newest;
    }

    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    std::optional<BackupWatch> watch;
    std::optional<model::WallTime> newest;
    model::Milliseconds every = 24h;
    int looks = 0;
    int told = 0;
};

TEST_F(BackupWatchTest, on_call_hears_when_the_last_one_is_older_than_twice_the_interval_and_again_with_each_further_one) {
    newest = clock.now().wall;
    start();
    EXPECT_EQ(watch->newest(), newest);
    loop.advance(48h);
    EXPECT_EQ(told, 0);
    loop.advance(10min);
    EXPECT_EQ(told, 1);
    loop.advance(23h);
    EXPECT_EQ(told, 1) << "once for a day";
    loop.advance(1h + 10min);
    EXPECT_EQ(told, 2) << "who is on call may have changed";
}

TEST_F(BackupWatchTest, a_new_one_ends_it_and_the_next_silence_is_told_at_once) {
    newest = clock.now().wall;
    start();
    loop.advance(48h + 10min);
    ASSERT_EQ(told, 1);
    newest = clock.now().wall;
    loop.advance(48h);
    EXPECT_EQ(told, 1);
    loop.advance(20min);
    EXPECT_EQ(told, 2);
}

TEST_F(BackupWatchTest, a_silence_after_a_new_one_is_told_at_once_also_when_the_interval_has_become_shorter) {
    newest = clock.now().wall;
    start();
    loop.advance(48h + 10min);
    ASSERT_EQ(told, 1);
    newest = clock.now().wall;
    every = 1h;
    loop.advance(2h);
    EXPECT_EQ(told, 1);
    loop.advance(10min);
    EXPECT_EQ(told, 2);
}

TEST_F(BackupWatchTest, without_any_the_time_counts_from_the_beginning) {
    start();
    EXPECT_FALSE(watch->newest());
    loop.advance(48h);
    EXPECT_EQ(told, 0);
    loop.advance(10min);
    EXPECT_EQ(told, 1);
}

TEST_F(BackupWatchTest, a_machine_that_was_off_has_an_hour_to_make_it_up) {
    newest = clock.now().wall - 240h;
    start();
    loop.advance(59min);
    EXPECT_EQ(told, 0);
    loop.advance(2min);
    EXPECT_EQ(told, 1);
}

TEST_F(BackupWatchTest, a_changed_interval_counts_from_the_next_look_on) {
    newest = clock.now().wall;
    start();
    loop.advance(13h);
    EXPECT_EQ(told, 0);
    every = 6h;
    loop.advance(10min);
    EXPECT_EQ(told, 1);
}

TEST_F(BackupWatchTest, a_short_interval_is_looked_at_as_often_and_none_is_no_endless_look) {
    every = 1min;
    start();
    loop.advance(2min);
    EXPECT_EQ(told, 0);
    loop.advance(1min);
    EXPECT_EQ(told, 1);
    every = 0s;
    loop.advance(1min);
    const auto before = looks;
    loop.advance(10s);
    EXPECT_EQ(looks, before + 10);
}

TEST_F(BackupWatchTest, looks_at_once_when_it_is_asked_to) {
    start();
    ASSERT_EQ(looks, 1);
    newest = clock.now().wall;
    watch->look();
    loop.settle();
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(watch->newest(), newest);
}

} // namespace
} // namespace hinomi

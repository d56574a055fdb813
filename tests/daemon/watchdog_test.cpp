#include "daemon/watchdog.hpp"

#include "io/spawn.hpp"
#include "tests/fakes/run_loop.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hinomi {
namespace {

using namespace std::chrono_literals;

/// A daemon whose parts turn by themselves every five seconds, unless the test stops one of them.
struct Life {
    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    Progress progress;
    bool housekeeping_turns = true;
    bool outbox_turns = true;
    std::vector<std::string> told;
    Watchdog watchdog{clock, [this] { return progress; }, [this](const std::string& state) { told.push_back(state); }, 30s};

    Life() {
        io::spawn(loop.executor(), watchdog.run(), [](std::exception_ptr) {});
        loop.settle();
    }
    ~Life() { clock.clear(); }

    /// Signs of life within `length`.
    std::size_t fed(model::Milliseconds length) {
        told.clear();
        for (model::Milliseconds passed{0}; passed < length; passed += 5s) {
            if (housekeeping_turns) ++progress.housekeeping;
            if (outbox_turns) ++progress.outbox;
            loop.advance(5s);
        }
        return told.size();
    }
};

TEST(Watchdog, is_fed_at_a_third_of_its_interval_while_every_part_makes_progress) {
    Life life;
    EXPECT_EQ(std::vector<std::string>{"WATCHDOG=1"}, life.told);
    EXPECT_EQ(30U, life.fed(300s));
}

TEST(Watchdog, starves_when_housekeeping_hangs_and_is_fed_again_when_it_goes_on) {
    Life life;
    life.housekeeping_turns = false;
    life.fed(40s);
    EXPECT_EQ(0U, life.fed(60s));
    life.housekeeping_turns = true;
    life.fed(10s);
    EXPECT_EQ(6U, life.fed(60s));
}

TEST(Watchdog, starves_when_the_outbox_hangs) {
    Life life;
    life.outbox_turns = false;
    life.fed(40s);
    EXPECT_EQ(0U, life.fed(60s));
}

TEST(Watchdog, starves_when_the_schedule_or_the_ledger_leaves_something_undone_for_too_long) {
    Life life;
    life.progress.schedule_behind = 30s;
    life.progress.ledger_owed = 30s;
    EXPECT_EQ(6U, life.fed(60s)) << "as long as the interval is still in time";
    life.progress.schedule_behind = 31s;
    EXPECT_EQ(0U, life.fed(60s));
    life.progress = {.housekeeping = life.progress.housekeeping, .outbox = life.progress.outbox, .ledger_owed = 31s};
    EXPECT_EQ(0U, life.fed(60s));
}

TEST(Watchdog, starves_while_a_delivery_has_no_outcome_after_all_its_caps) {
    Life life;
    life.progress.deliveries_overdue = 1ms;
    EXPECT_EQ(0U, life.fed(60s));
    life.progress.deliveries_overdue = 0s;
    life.fed(10s);
    EXPECT_EQ(6U, life.fed(60s));
}

TEST(Watchdog, tells_nobody_where_no_watchdog_is_asked_for) {
    Life life;
    std::vector<std::string> told;
    Watchdog watchdog(life.clock, [] { return Progress{}; }, [&](const std::string& state) { told.push_back(state); }, 0s);
    io::spawn(life.loop.executor(), watchdog.run(), [](std::exception_ptr) {});
    life.loop.advance(600s);
    EXPECT_TRUE(told.empty());
}

TEST(Pulse, names_every_part_that_is_stuck) {
    Pulse pulse(30s);
    EXPECT_EQ("", pulse.stuck({}, 100s));
    EXPECT_EQ("schedule, ledger, outbox, deliveries, housekeeping",
              pulse.stuck({.deliveries_overdue = 1s, .schedule_behind = 60s, .ledger_owed = 60s}, 200s));
}

TEST(Pulse, is_not_less_patient_than_a_healthy_part_takes) {
    Pulse pulse(1s);
    EXPECT_EQ("", pulse.stuck({.schedule_behind = 9s}, 100s));
    EXPECT_EQ("schedule", pulse.stuck({.schedule_behind = 11s}, 110s));
}

} // namespace
} // namespace hinomi

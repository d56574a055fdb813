#include "io/sleep.hpp"

#include "io/spawn.hpp"
#include "tests/fakes/run_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;

class Sleeping : public testing::Test {
protected:
    asio::awaitable<void> sleeper(Milliseconds duration) {
        co_await io::sleep_until(clock, clock.now().boot + duration);
        woken_at = clock.now().boot;
        ++woken;
    }
    asio::awaitable<void> waiter(Milliseconds duration) {
        co_await alarm.wait_until(clock.now().boot + duration);
        woken_at = clock.now().boot;
        ++woken;
    }
    asio::awaitable<void> patient_waiter() {
        co_await alarm.wait();
        ++woken;
    }
    void start(asio::awaitable<void> work) {
        io::spawn(loop.executor(), std::move(work), [this](std::exception_ptr thrown) {
            EXPECT_EQ(thrown, nullptr);
            ++ended;
        });
        loop.settle();
    }
    /// Started so that `cancel` ends it.
    void start_cancellable(asio::awaitable<void> work) {
        asio::co_spawn(loop.executor(), std::move(work), asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr thrown) {
                           failure = thrown;
                           ++ended;
                       }));
        loop.settle();
    }
    [[nodiscard]] bool aborted() const {
        try {
            if (failure != nullptr) std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            return error.code() == asio::error::operation_aborted;
        }
        return false;
    }

    asio::cancellation_signal cancel;
    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    io::Alarm alarm{clock};
    Milliseconds begin = clock.now().boot;
    Milliseconds woken_at{0};
    int woken = 0;
    int ended = 0;
    std::exception_ptr failure;
};

TEST_F(Sleeping, EndsAtItsTimeAndNotBefore) {
    start(sleeper(Milliseconds{100}));
    loop.advance(Milliseconds{99});
    EXPECT_EQ(woken, 0);
    loop.advance(Milliseconds{1});
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(woken_at, begin + Milliseconds{100});
}

TEST_F(Sleeping, UntilAPastMomentEndsAtTheNextOpportunity) {
    start(sleeper(Milliseconds{-5}));
    EXPECT_EQ(woken, 0);
    loop.advance(Milliseconds{0});
    EXPECT_EQ(woken, 1);
}

TEST_F(Sleeping, CancellationThrowsAndLeavesNoTimer) {
    start_cancellable(sleeper(Milliseconds{100}));
    cancel.emit(asio::cancellation_type::terminal);
    loop.settle();
    EXPECT_TRUE(aborted());
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
    loop.advance(Milliseconds{1'000});
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(ended, 1);
}

TEST_F(Sleeping, CancellationAfterTheTimerFiredDoesNotEndItTwice) {
    start_cancellable(sleeper(Milliseconds{100}));
    asio::post(loop.executor(), [this] {
        clock.advance(Milliseconds{100});  // completed, and not run yet
        cancel.emit(asio::cancellation_type::terminal);
    });
    loop.settle();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(woken, 1);
}

TEST_F(Sleeping, AClockThatIsClearedDestroysItsSleepers) {
    const auto alive = std::make_shared<int>(0);
    const auto hold = [](io::Clock& on, std::shared_ptr<int>) -> asio::awaitable<void> {
        io::Alarm own(on);
        co_await own.wait();
    };
    start(hold(clock, alive));
    EXPECT_GT(alive.use_count(), 1);
    clock.clear();
    loop.settle();  // Asio unwinds a coroutine through its executor
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(SleepingOn, AClockThatGoesBeforeItsLoopHarmsNobody) {
    const auto hold = [](io::Clock& on) -> asio::awaitable<void> {
        io::Alarm own(on);
        co_await own.wait();
    };
    asio::io_context context{1};
    auto clock = std::make_unique<fakes::ManualClock>();
    io::spawn(context.get_executor(), hold(*clock), [](std::exception_ptr) { FAIL(); });
    context.poll();
    clock.reset();
}

TEST_F(Sleeping, AnAlarmThatGoesTakesItsWaiterWithIt) {
    auto own = std::make_unique<io::Alarm>(clock);
    start(own->wait());
    own.reset();
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
    loop.settle();
    EXPECT_EQ(ended, 0);
}

TEST_F(Sleeping, AnAlarmEndsAtItsTime) {
    start(waiter(Milliseconds{100}));
    loop.advance(Milliseconds{100});
    EXPECT_EQ(woken_at, begin + Milliseconds{100});
}

TEST_F(Sleeping, AnAlarmThatIsRungEndsAtOnceAndDropsItsTimer) {
    start(waiter(Milliseconds{100}));
    loop.advance(Milliseconds{10});
    alarm.ring();
    EXPECT_EQ(woken, 0);  // never from inside ring
    loop.settle();
    EXPECT_EQ(woken_at, begin + Milliseconds{10});
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
    start(waiter(Milliseconds{100}));
    EXPECT_EQ(woken, 1);  // that ring was used up
    loop.advance(Milliseconds{100});
    EXPECT_EQ(woken, 2);
}

TEST_F(Sleeping, ARingWhileNobodyWaitsEndsTheNextWaitAtOnceAndOnlyThat) {
    alarm.ring();
    alarm.ring();
    start(patient_waiter());
    EXPECT_EQ(woken, 1);
    start(patient_waiter());
    EXPECT_EQ(woken, 1);
    loop.advance(Milliseconds{1'000'000'000});
    EXPECT_EQ(woken, 1);
    alarm.ring();
    loop.settle();
    EXPECT_EQ(woken, 2);
}

TEST_F(Sleeping, ARingWhileTheWaiterIsBeingCancelledIsKeptForTheNextOne) {
    start_cancellable(waiter(Milliseconds{100}));
    asio::post(loop.executor(), [this] {
        cancel.emit(asio::cancellation_type::terminal);
        alarm.ring();
    });
    loop.settle();
    EXPECT_TRUE(aborted());
    EXPECT_EQ(ended, 1);
    start(patient_waiter());
    EXPECT_EQ(woken, 1);
}

TEST_F(Sleeping, ACancellationAfterTheRingDoesNotEndTheWaitTwice) {
    start_cancellable(waiter(Milliseconds{100}));
    asio::post(loop.executor(), [this] {
        alarm.ring();
        cancel.emit(asio::cancellation_type::terminal);
    });
    loop.settle();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(woken, 1);
}

asio::awaitable<void> failing() {
    throw std::runtime_error("broken");
    co_return;
}

asio::awaitable<void> aborting() {
    throw boost::system::system_error(asio::error::operation_aborted);
    co_return;
}

asio::awaitable<void> refused() {
    throw boost::system::system_error(asio::error::connection_refused);
    co_return;
}

TEST_F(Sleeping, SpawnReportsWhatEscapedButNotACancellation) {
    struct Case {
        asio::awaitable<void> (*work)();
        bool reported;
    };
    for (const auto& [work, reported] : {Case{failing, true}, Case{aborting, false}, Case{refused, true}}) {
        bool exited = false;
        io::spawn(loop.executor(), work(), [&, expected = reported](std::exception_ptr thrown) {
            exited = true;
            EXPECT_EQ(thrown != nullptr, expected);
        });
        EXPECT_FALSE(exited);
        loop.settle();
        EXPECT_TRUE(exited);
    }
}

} // namespace

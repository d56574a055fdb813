#include "io/deadline.hpp"

#include "io/sleep.hpp"
#include "tests/fakes/run_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;

class Deadline : public testing::Test {
protected:
    asio::awaitable<int> nap(Milliseconds duration) {
        struct Leaving {
            bool& left;
            ~Leaving() { left = true; }
        };
        const Leaving leaving(work_left);
        co_await io::sleep_until(clock, clock.now().boot + duration);
        co_return 42;
    }
    asio::awaitable<int> fail_after(Milliseconds duration) {
        co_await io::sleep_until(clock, clock.now().boot + duration);
        throw std::runtime_error("broken");
    }
    asio::awaitable<int> at_once() { co_return 42; }

    void start(asio::awaitable<int> work, Milliseconds limit) {
        asio::co_spawn(loop.executor(), io::with_deadline(std::move(work), clock, clock.now().boot + limit),
                       asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr thrown, std::optional<int> value) {
                           failure = thrown;
                           result = value;
                           ended = true;
                           work_had_left = work_left;
                       }));
        loop.settle();
    }

    asio::cancellation_signal cancel;
    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    std::optional<int> result;
    std::exception_ptr failure;
    bool ended = false;
    bool work_left = false;
    bool work_had_left = false;
};

TEST_F(Deadline, WorkThatEndsInTimeGivesItsResultAndLeavesNoTimer) {
    start(nap(Milliseconds{50}), Milliseconds{100});
    loop.advance(Milliseconds{50});
    EXPECT_TRUE(ended);
    EXPECT_EQ(result, 42);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(Deadline, WorkThatNeverWaitsGivesItsResult) {
    start(at_once(), Milliseconds{100});
    EXPECT_EQ(result, 42);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(Deadline, ATimeOutIsNoResultNoExceptionAndTheWorkHasEndedBefore) {
    start(nap(Milliseconds{500}), Milliseconds{100});
    loop.advance(Milliseconds{99});
    EXPECT_FALSE(ended);
    loop.advance(Milliseconds{1});
    EXPECT_TRUE(ended);
    EXPECT_TRUE(work_had_left);
    EXPECT_EQ(result, std::nullopt);
    EXPECT_EQ(failure, nullptr);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(Deadline, AnotherExceptionPassesThrough) {
    start(fail_after(Milliseconds{50}), Milliseconds{100});
    loop.advance(Milliseconds{50});
    EXPECT_TRUE(ended);
    EXPECT_THROW(std::rethrow_exception(failure), std::runtime_error);
}

TEST_F(Deadline, CancellingTheCallerEndsTheWorkAndThrows) {
    start(nap(Milliseconds{50}), Milliseconds{100});
    cancel.emit(asio::cancellation_type::terminal);
    loop.settle();
    EXPECT_TRUE(ended);
    EXPECT_TRUE(work_had_left);
    EXPECT_THROW(std::rethrow_exception(failure), boost::system::system_error);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(Deadline, ACancellationAfterTheEndTouchesNothing) {
    start(nap(Milliseconds{50}), Milliseconds{100});
    loop.advance(Milliseconds{50});
    cancel.emit(asio::cancellation_type::terminal);
    loop.advance(Milliseconds{100});
    EXPECT_EQ(result, 42);
}

TEST_F(Deadline, BothTimersAtTheSameMomentEndItOnce) {
    start(nap(Milliseconds{100}), Milliseconds{100});
    loop.advance(Milliseconds{200});
    EXPECT_TRUE(ended);
    EXPECT_EQ(failure, nullptr);
}

} // namespace

#include "io/signal_queue.hpp"

#include "io/spawn.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace io {
namespace {

/// SIGUSR2 stands for whatever is waited for: nobody else in this process uses it.
class Signals : public ::testing::Test {
protected:
    asio::awaitable<void> take(std::size_t count) {
        while (seen.size() < count) seen.push_back(co_await queue.next());
    }
    void run_until(std::size_t count) {
        spawn(context.get_executor(), take(count), [this](std::exception_ptr) { context.stop(); });
        context.run();
    }

    asio::io_context context;
    SignalQueue queue{context.get_executor(), SIGUSR2};
    std::vector<SignalSender> seen;
};

TEST_F(Signals, tell_who_sent_them_also_before_somebody_waits) {
    ::kill(::getpid(), SIGUSR2);
    run_until(1);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(seen[0].known);
    EXPECT_EQ(seen[0].user, ::getuid());
    EXPECT_EQ(seen[0].process, ::getpid());
}

TEST_F(Signals, of_another_process_tell_that_process) {
    const auto receiver = ::getpid();
    const auto child = ::fork();
    if (child == 0) ::_exit(::kill(receiver, SIGUSR2));
    run_until(1);
    ::waitpid(child, nullptr, 0);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].process, child);
}

TEST(SignalQueue, lets_go_of_the_signal_and_of_what_came_last) {
    asio::io_context context;
    {
        const SignalQueue queue(context.get_executor(), SIGUSR2);
        ::kill(::getpid(), SIGUSR2);
    }
    sigset_t blocked;
    sigset_t pending;
    ASSERT_EQ(::sigprocmask(SIG_SETMASK, nullptr, &blocked), 0);
    ASSERT_EQ(::sigpending(&pending), 0);
    EXPECT_EQ(::sigismember(&blocked, SIGUSR2), 0);
    EXPECT_EQ(::sigismember(&pending, SIGUSR2), 0);
}

} // namespace
} // namespace io

#include "io/child_process.hpp"

#include "io/spawn.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

namespace io {
namespace {

using testing::HasSubstr;

class Children : public testing::Test {
protected:
    void start(const std::string& script) {
        auto started = ChildProcess::start(context_.get_executor(), {.path = "/bin/sh", .arguments = {"-c", script}, .output = output()});
        ASSERT_TRUE(started) << started.error();
        child_ = std::move(*started);
    }

    int ended() {
        std::optional<int> code;
        spawn(context_.get_executor(), wait(code), [](std::exception_ptr failure) { EXPECT_EQ(failure, nullptr); });
        context_.restart();
        context_.run();
        return code.value_or(-1);
    }

    [[nodiscard]] std::string output() const { return (folder_.path() / "said").string(); }
    [[nodiscard]] std::string said() const {
        std::ostringstream text;
        text << std::ifstream(output()).rdbuf();
        return text.str();
    }

    asio::awaitable<void> wait(std::optional<int>& code) { code = co_await child_->ended(); }

    fakes::TemporaryFolder folder_;
    asio::io_context context_{1};
    std::unique_ptr<ChildProcess> child_;
};

TEST_F(Children, say_what_they_say_into_the_file_and_end_with_their_code) {
    start("echo out; echo err >&2; cat; exit 7");
    EXPECT_EQ(ended(), 7);
    EXPECT_EQ(said(), "out\nerr\n");
    EXPECT_EQ(ended(), 7) << "asked again";
}

TEST_F(Children, that_a_signal_ends_are_told_from_those_that_exit) {
    start("kill -TERM $$; sleep 100");
    EXPECT_EQ(ended(), 128 + SIGTERM);
    child_->signal(SIGTERM);  // it is gone: nothing happens
}

TEST_F(Children, hear_signals) {
    start("exec sleep 100");
    child_->signal(SIGTERM);
    EXPECT_EQ(ended(), 128 + SIGTERM);
}

TEST_F(Children, inherit_no_descriptor_of_ours) {
    // a listener that it held would go on taking connections after we have closed ours
    const asio::ip::tcp::acceptor listener(context_, {asio::ip::address_v4::loopback(), 0});
    start("ls -l /proc/self/fd | grep -c socket");
    ended();
    EXPECT_EQ(said(), "0\n");
}

TEST_F(Children, end_with_their_holder) {
    start("echo $$; exec sleep 100");
    while (!said().ends_with('\n')) std::this_thread::yield();
    const auto process = std::stoi(said());
    ASSERT_EQ(kill(process, 0), 0);
    child_.reset();
    EXPECT_EQ(kill(process, 0), -1) << "it was ended and reaped";
}

TEST_F(Children, that_cannot_be_started_are_an_error_or_end_at_once) {
    const auto nowhere =
        ChildProcess::start(context_.get_executor(), {.path = "/bin/true", .arguments = {}, .output = "/nonexistent/said"});
    ASSERT_FALSE(nowhere);
    EXPECT_THAT(nowhere.error(), HasSubstr("/nonexistent/said cannot be written"));
    auto nothing = ChildProcess::start(context_.get_executor(), {.path = "/nonexistent/program", .arguments = {}, .output = output()});
    ASSERT_TRUE(nothing);
    child_ = std::move(*nothing);
    EXPECT_EQ(ended(), 127);
}

} // namespace
} // namespace io

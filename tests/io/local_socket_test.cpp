#include "io/local_socket.hpp"

#include "io/boot_clock.hpp"
#include "io/sleep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace io {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A listener on a thread of its own.
class LocalSocket : public ::testing::Test {
public:
    LocalSocket() {
        std::string pattern = std::filesystem::temp_directory_path() / "hinomi-socket-XXXXXX";
        folder = mkdtemp(pattern.data());
        path = folder + "/control.sock";
    }
    ~LocalSocket() override {
        stop();
        std::filesystem::remove_all(folder);
    }
    LocalSocket(const LocalSocket&) = delete;
    LocalSocket& operator=(const LocalSocket&) = delete;

protected:
    std::expected<void, std::string> serve(LocalListener::Answer answer, LocalLimits limits = {}) {
        listener.emplace(context.get_executor(), clock, path, std::move(answer), limits);
        auto opened = listener->open();
        worker = std::thread([this] { context.run(); });
        return opened;
    }

    void stop() {
        if (!worker.joinable()) return;
        boost::asio::post(context, [this] {
            listener->close();
            clock.clear();
            context.stop();
        });
        worker.join();
    }

    [[nodiscard]] int connected() const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return socket;
    }

    static asio::awaitable<std::string> echo(Peer peer, std::string question) { co_return std::to_string(peer.user) + ":" + question; }

    std::string folder;
    std::string path;
    boost::asio::io_context context{1};
    BootClock clock{context.get_executor()};
    std::optional<LocalListener> listener;
    std::thread worker;
};

TEST_F(LocalSocket, answers_and_knows_who_asks) {
    ASSERT_TRUE(serve(echo));
    const auto answer = ask_local(path, "こんにちは", 5s);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(*answer, std::to_string(getuid()) + ":こんにちは");
}

TEST_F(LocalSocket, carries_a_long_answer) {
    ASSERT_TRUE(serve([](Peer, std::string) -> asio::awaitable<std::string> { co_return std::string(5 << 20, 'a'); }));
    const auto answer = ask_local(path, "x", 10s);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->size(), std::size_t{5} << 20);
}

TEST_F(LocalSocket, nobody_listens) {
    const auto answer = ask_local(path, "x", 1s);
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().unreachable);
}

TEST_F(LocalSocket, a_question_that_is_too_long_gets_no_answer) {
    ASSERT_TRUE(serve(echo, {.largest_question = 1'000}));
    const auto answer = ask_local(path, std::string(100'000, 'x'), 5s);
    ASSERT_FALSE(answer);
    EXPECT_FALSE(answer.error().unreachable);
}

TEST_F(LocalSocket, one_user_cannot_take_all_connections_and_who_says_nothing_is_cut) {
    ASSERT_TRUE(serve(echo, {.patience = 200ms, .connections = 2}));
    const int first = connected();
    const int second = connected();
    const auto refused = ask_local(path, "x", 5s);
    EXPECT_FALSE(refused) << "two hold the line";
    char byte = 0;
    EXPECT_EQ(recv(first, &byte, 1, 0), 0) << "cut after the patience";
    EXPECT_EQ(recv(second, &byte, 1, 0), 0);
    close(first);
    close(second);
    EXPECT_TRUE(ask_local(path, "x", 5s));
}

TEST_F(LocalSocket, an_answer_that_throws_closes_the_connection_only) {
    ASSERT_TRUE(serve([](Peer, std::string question) -> asio::awaitable<std::string> {
        if (question == "throw") throw std::runtime_error("planted");
        co_return "fine";
    }));
    EXPECT_FALSE(ask_local(path, "throw", 5s));
    EXPECT_TRUE(ask_local(path, "x", 5s));
}

TEST_F(LocalSocket, what_a_dead_process_left_is_replaced_and_a_living_daemon_is_not) {
    {
        const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        close(left);
    }
    ASSERT_TRUE(serve(echo));
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666U);
    LocalListener other(context.get_executor(), clock, path, echo);
    const auto opened = other.open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("another hinomi serves it"));
    EXPECT_TRUE(ask_local(path, "x", 5s));
    stop();
    EXPECT_FALSE(std::filesystem::exists(path)) << "removed at the end";
}

TEST_F(LocalSocket, what_is_no_socket_is_left_alone) {
    std::ofstream(path) << "a file";
    const auto opened = serve(echo);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("no socket"));
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(LocalSocket, a_path_that_is_too_long_is_told) {
    path = "/" + std::string(120, 'x');
    const auto opened = serve(echo);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("set a shorter runtime_directory"));
}

} // namespace
} // namespace io

#include "io/timed_socket.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/io/run_to_end.hpp"
#include "tests/io/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using model::Milliseconds;
using scripted::hear;
using scripted::say;
using scripted::stall;

constexpr Milliseconds patience{10'000};

class TimedSocketTest : public testing::Test {
protected:
    std::unique_ptr<io::TimedSocket> made() {
        return std::make_unique<io::TimedSocket>(context.get_executor(), clock, clock.now().boot + patience);
    }
    static tcp::endpoint at(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

    asio::awaitable<std::string> ask(std::uint16_t port, std::string question) {
        const auto socket = made();
        if (const auto error = co_await socket->connect(sockets, at(port))) co_return error.message();
        co_await socket->write(question);
        co_return co_await all_from(*socket);
    }
    asio::awaitable<std::string> all_from(io::TimedSocket& socket) {
        std::string text;
        std::array<char, 4> room{};
        for (;;) {
            const auto [error, count] = co_await socket.read_some(asio::buffer(room));
            text.append(room.data(), count);
            if (error) co_return text + (error == asio::error::eof ? "" : error.message());
        }
    }

    /// Says nothing.
    asio::awaitable<std::string> listen_to(std::uint16_t port) {
        const auto socket = made();
        EXPECT_FALSE(co_await socket->connect(sockets, at(port)));
        co_return co_await all_from(*socket);
    }
    /// Reads five bytes by itself, and the rest as Asio's.
    asio::awaitable<std::string> give_to_asio(std::uint16_t port) {
        const auto socket = made();
        EXPECT_FALSE(co_await socket->connect(sockets, at(port)));
        std::array<char, 5> room{};
        co_await socket->read_some(asio::buffer(room));
        auto& asios = socket->get();
        co_await asios.async_write_some(asio::buffer("on", 2), asio::use_awaitable);
        std::array<char, 6> more{};
        const auto count = co_await asios.async_read_some(asio::buffer(more), asio::use_awaitable);
        co_return std::string(room.data(), room.size()) + std::string(more.data(), count);
    }
    /// Whether a step was cut off during which the time passes.
    asio::awaitable<bool> is_cut_off(io::TimedSocket& socket, std::uint16_t port, bool writes) {
        EXPECT_FALSE(co_await socket.connect(sockets, at(port)));
        asio::post(context, [this] { asio::post(context, [this] { clock.advance(patience); }); });
        try {
            std::array<char, 16> room{};
            if (writes) co_await socket.write(std::string(64 << 20, 'x'));
            else co_await socket.read_some(asio::buffer(room));
        } catch (const boost::system::system_error& error) {
            co_return error.code() == asio::error::operation_aborted;
        }
        co_return false;
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    io::SocketWatch sockets{context.get_executor()};
};

TEST_F(TimedSocketTest, HearsAPeerThatSpeaksFirst) {
    // what it says may come with the very event of being connected, and is no event again
    scripted::Server server(context, {say("220 here I am\r\n"), scripted::close()});
    EXPECT_EQ(run_to_end(context, listen_to(server.port())), "220 here I am\r\n");
}

TEST_F(TimedSocketTest, HearsAllThatCameBeforeTheEnd) {
    scripted::Server server(context, {hear("?"), say("the answer, longer than the room for it"), scripted::close()});
    EXPECT_EQ(run_to_end(context, ask(server.port(), "what?")), "the answer, longer than the room for it");
}

TEST_F(TimedSocketTest, ManyAtOnceAreAllConnected) {
    constexpr std::size_t many = 700;  // more than the watch takes out at a time
    scripted::Server server(context, {hear("?"), say("yes"), scripted::close()});
    std::size_t answered = 0;
    std::size_t ended = 0;
    for (std::size_t number = 0; number < many; ++number) {
        asio::co_spawn(context, ask(server.port(), "there?"), [&](std::exception_ptr, std::string answer) {
            answered += answer == "yes" ? 1 : 0;
            if (++ended == many) context.stop();
        });
    }
    context.run();
    EXPECT_EQ(answered, many);
}

TEST_F(TimedSocketTest, WritesMoreThanTheKernelTakesAtOnce) {
    const std::string much(8 << 20, 'x');
    scripted::Server server(context, {hear("\n"), say("done"), scripted::close()});
    EXPECT_EQ(run_to_end(context, ask(server.port(), much + "\n")), "done");
    EXPECT_EQ(server.heard().size(), much.size() + 1);
}

TEST_F(TimedSocketTest, APeerThatIsNotThereRefuses) {
    EXPECT_EQ(run_to_end(context, ask(scripted::refusing_port(context), "?")), error_code(asio::error::connection_refused).message());
}

TEST_F(TimedSocketTest, IsGivenToAsioInTheMiddleOfATalk) {
    scripted::Server server(context, {say("first"), hear("on"), say("second"), scripted::close()});
    EXPECT_EQ(run_to_end(context, give_to_asio(server.port())), "firstsecond");
}

TEST_F(TimedSocketTest, MayOutliveTheWatch) {
    scripted::Server server(context, {stall()});
    auto watch = std::make_unique<io::SocketWatch>(context.get_executor());
    const auto socket = made();
    EXPECT_FALSE(run_to_end(context, socket->connect(*watch, at(server.port()))));
    watch.reset();
    std::array<char, 4> room{};
    EXPECT_EQ(std::get<0>(run_to_end(context, socket->read_some(asio::buffer(room)))), asio::error::operation_aborted);
}

TEST_F(TimedSocketTest, EveryStepEndsAtTheDeadline) {
    struct Row {
        const char* name;
        scripted::Script script;
        bool writes;
    };
    const std::array rows = {Row{"reading", {stall()}, false}, Row{"writing", {scripted::deaf()}, true}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        scripted::Server server(context, row.script);
        const auto socket = made();
        EXPECT_TRUE(run_to_end(context, is_cut_off(*socket, server.port(), row.writes)));
        EXPECT_TRUE(socket->expired());
    }
}

/// A connected pair of sockets; nothing happens on `ours` until `theirs` is written to: it cannot be written either.
struct QuietPair {
    QuietPair() {
        std::array<int, 2> pair{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) throw std::runtime_error("socketpair");
        ours = pair[0];
        theirs = pair[1];
        const std::string much(4'096, 'x');
        while (::send(ours, much.data(), much.size(), MSG_NOSIGNAL) > 0) continue;
    }
    QuietPair(const QuietPair&) = delete;
    QuietPair& operator=(const QuietPair&) = delete;
    ~QuietPair() {
        ::close(ours);
        ::close(theirs);
    }
    void speak() const { ASSERT_EQ(::send(theirs, "x", 1, MSG_NOSIGNAL), 1); }

    int ours = -1;
    int theirs = -1;
};

using Outcome = std::shared_ptr<std::optional<error_code>>;

class SocketWatchTest : public TimedSocketTest {
protected:
    /// What the next event of `descriptor` comes to, once it has.
    Outcome next_event(int descriptor, std::function<void()> then = [] {}) {
        auto outcome = std::make_shared<std::optional<error_code>>();
        asio::co_spawn(context, sockets.event(descriptor), [outcome, then](std::exception_ptr, io::SocketWatch::Happened happened) {
            *outcome = std::get<0>(happened);
            then();
        });
        run();
        return outcome;
    }
    /// Everything that can be done now.
    void run() {
        context.restart();
        while (context.poll_one() > 0) continue;
    }
};

TEST_F(SocketWatchTest, AnEventOfTheDescriptorsFormerOwnerIsNotTheNextOnes) {
    const std::array<QuietPair, 2> pairs;
    const QuietPair next;
    Outcome of_next;
    int told = 0;
    // both are to be told in one batch; whoever is first gives the other's descriptor to a socket on which nothing happens
    const auto replace = [&](int other) {
        if (++told > 1) return;
        sockets.end(other);
        ASSERT_EQ(::dup3(next.ours, other, O_CLOEXEC), other);
        ASSERT_FALSE(sockets.begin(other));
        of_next = std::make_shared<std::optional<error_code>>();
        asio::co_spawn(context, sockets.event(other),
                       [of_next = of_next](std::exception_ptr, io::SocketWatch::Happened happened) { *of_next = std::get<0>(happened); });
    };
    for (const auto& pair : pairs) ASSERT_FALSE(sockets.begin(pair.ours));
    const auto of_first = next_event(pairs[0].ours, [&] { replace(pairs[1].ours); });
    const auto of_second = next_event(pairs[1].ours, [&] { replace(pairs[0].ours); });
    for (const auto& pair : pairs) pair.speak();
    run();
    EXPECT_EQ(told, 2);
    EXPECT_TRUE(of_first->has_value() && of_second->has_value());
    EXPECT_NE(of_first->value_or(error_code{}), of_second->value_or(error_code{})) << "one was told, the other's watch had ended";
    ASSERT_NE(of_next, nullptr);
    EXPECT_FALSE(of_next->has_value()) << "nothing has happened on it";
    next.speak();
    run();
    EXPECT_EQ(of_next->value_or(asio::error::fault), error_code{});
}

TEST_F(SocketWatchTest, WhatHappenedBeforeAnybodyWaitedIsToldAtOnce) {
    const QuietPair pair;
    ASSERT_FALSE(sockets.begin(pair.ours));
    pair.speak();
    run();
    EXPECT_EQ(next_event(pair.ours)->value_or(asio::error::fault), error_code{});
    EXPECT_FALSE(next_event(pair.ours)->has_value()) << "it was told already";
}

TEST_F(SocketWatchTest, WhoeverWaitsIsToldThatTheWatchHasEnded) {
    const QuietPair pair;
    ASSERT_FALSE(sockets.begin(pair.ours));
    const auto waiting = next_event(pair.ours);
    EXPECT_FALSE(waiting->has_value());
    sockets.end(pair.ours);
    EXPECT_FALSE(waiting->has_value()) << "not within the call";
    run();
    EXPECT_EQ(waiting->value_or(error_code{}), asio::error::operation_aborted);
    EXPECT_EQ(next_event(pair.ours)->value_or(error_code{}), asio::error::operation_aborted);
}

TEST_F(SocketWatchTest, WhoeverStillWaitsWhenItGoesIsUnwound) {
    const QuietPair pair;
    auto watch = std::make_unique<io::SocketWatch>(context.get_executor());
    ASSERT_FALSE(watch->begin(pair.ours));
    const auto token = std::make_shared<int>();
    const auto wait = [](io::SocketWatch& of, int descriptor, std::shared_ptr<int>) -> asio::awaitable<void> {
        co_await of.event(descriptor);
    };
    io::spawn(context.get_executor(), wait(*watch, pair.ours, token), [](std::exception_ptr) {});
    run();
    EXPECT_GT(token.use_count(), 1);
    watch.reset();
    run();
    EXPECT_EQ(token.use_count(), 1);
}

} // namespace

#include "tests/io/stream_exchange_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using exchange_test::asking;
using exchange_test::read_some;
using exchange_test::Script;
using exchange_test::StreamExchange;
using model::Milliseconds;
using model::Reason;

io::StreamRequest connecting_to(std::uint16_t port) {
    auto request = asking("", "");
    request.port = port;
    return request;
}

asio::awaitable<void> write_and_close(tcp::socket socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> read_and_reset(tcp::socket socket) {
    co_await read_some(socket);
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
}

asio::awaitable<void> echo_once(tcp::socket socket) {
    std::array<char, 256> buffer{};
    const auto count = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    for (std::size_t index = 0; index < count; ++index)
        co_await asio::async_write(socket, asio::buffer(&buffer.at(index), 1), asio::use_awaitable);
    co_await read_some(socket);
}

TEST_F(StreamExchange, AConnectionAloneIsEnoughWhenNothingIsExpected) {
    resolver.result.took = std::chrono::microseconds{77};
    const auto response = exchange(asking("", ""));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(acceptor->local_endpoint().port()));
    EXPECT_EQ(resolver.asked, "server.test");
    EXPECT_EQ(response.phases.resolve.count(), 77);
    EXPECT_GT(response.phases.connect.count(), 0);
    EXPECT_EQ(response.phases.tls.count(), 0);
    EXPECT_EQ(response.began, clock.now());
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(StreamExchange, TheExpectedTextMayComeByteByByte) {
    serve(echo_once);
    const auto response = exchange(asking("PING abc\r\n", "abc"));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_TRUE(response.received.starts_with("PING abc")) << response.received;
}

TEST_F(StreamExchange, EveryBadAnswerHasItsReason) {
    struct Case {
        const char* name;
        Script script;
        io::StreamRequest request;
        Reason reason;
        std::string received;
    };
    const auto writes = [](const std::string& text) -> Script {
        return [text](tcp::socket socket) { return write_and_close(std::move(socket), text); };
    };
    const Case cases[] = {
        {"another text", writes("-ERR no\r\n"), asking("", "+OK"), Reason::not_expected, "-ERR no\r\n"},
        {"closed at once", writes(""), asking("", "+OK"), Reason::not_expected, ""},
        {"the text behind the limit", writes("0123456789+OK"), asking("", "+OK", 12), Reason::not_expected, "0123456789+O"},
        {"the text right at the limit", writes("0123456789+OK"), asking("", "+OK", 13), Reason::none, "0123456789+OK"},
        {"reset", read_and_reset, asking("hello", "+OK"), Reason::reset, ""},
    };
    for (const auto& [name, script, request, reason, received] : cases) {
        SCOPED_TRACE(name);
        serve(script);
        const auto response = exchange(request);
        EXPECT_EQ(response.reason, reason) << response.error;
        EXPECT_EQ(response.received, received);
        EXPECT_EQ(response.error.empty(), reason == Reason::none);
    }
}

TEST_F(StreamExchange, SilenceAfterTheConnectionIsAResponseTimeout) {
    serve_silence();
    const auto response = exchange(asking("hello", "+OK"));
    EXPECT_EQ(response.reason, Reason::response_timeout);
    EXPECT_EQ(response.error, "connected, but no answer within 5000 ms");
    EXPECT_EQ(response.ended.boot - response.began.boot, Milliseconds{5'000});
    EXPECT_GT(response.phases.processing.count(), 0);
}

TEST_F(StreamExchange, ARefusingPortIsRefused) {
    const auto port = acceptor->local_endpoint().port();
    acceptor->close();
    const auto response = exchange(connecting_to(port));
    EXPECT_EQ(response.reason, Reason::refused);
    EXPECT_EQ(response.error, "127.0.0.1:" + std::to_string(port) + ": Connection refused");
    EXPECT_EQ(response.peer, "");
}

TEST_F(StreamExchange, AnAddressWithoutRouteSaysSo) {
    resolver.result.addresses = {"255.255.255.255"};
    EXPECT_EQ(exchange(asking("", "")).reason, Reason::no_route);
}

TEST_F(StreamExchange, WhatTheResolverFoundIsPassedOn) {
    for (const auto reason : {Reason::name_not_found, Reason::name_timeout}) {
        resolver.result = {.reason = reason, .addresses = {}, .error = "why"};
        const auto response = exchange(asking("", ""));
        EXPECT_EQ(response.reason, reason);
        EXPECT_EQ(response.error, "why");
    }
}

TEST_F(StreamExchange, TheNextAddressIsTriedWhenOneRefuses) {
    resolver.result.addresses = {"127.0.0.2", "255.255.255.255", "127.0.0.1"};  // the server is at the last one only
    const auto response = exchange(asking("", ""));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_TRUE(response.peer.starts_with("127.0.0.1:"));
}

TEST_F(StreamExchange, WhenAllAddressesFailTheOneThatAnsweredGivesTheReason) {
    resolver.result.addresses = {"255.255.255.255", "127.0.0.2", "255.255.255.255"};
    EXPECT_EQ(exchange(asking("", "")).reason, Reason::refused);
}

/// A listener whose queue is full: further connections hang.
struct FullListener {
    explicit FullListener(asio::io_context& context) : acceptor(context) {
        const tcp::endpoint here(asio::ip::make_address("127.0.0.1"), 0);
        acceptor.open(here.protocol());
        acceptor.bind(here);
        acceptor.listen(0);
        for (int count = 0; count < 3; ++count) {
            auto& socket = fill.emplace_back(context);
            socket.open(tcp::v4());
            socket.async_connect(acceptor.local_endpoint(), [](const boost::system::error_code&) {});
        }
    }
    tcp::acceptor acceptor;
    std::vector<tcp::socket> fill;
};

TEST_F(StreamExchange, AConnectionThatHangsIsAConnectTimeout) {
    FullListener full(context);
    std::optional<io::StreamResponse> response;
    asio::co_spawn(context, streams.exchange(connecting_to(full.acceptor.local_endpoint().port())),
                   [&](std::exception_ptr, io::StreamResponse answer) { response = std::move(answer); });
    context.poll();
    EXPECT_FALSE(response);
    clock.advance(Milliseconds{5'000});
    context.restart();
    context.poll();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->reason, Reason::connect_timeout);
    EXPECT_EQ(response->error, "no connection within 5000 ms");
}

TEST_F(StreamExchange, AnAddressThatHangsLeavesTimeForTheNextOne) {
    FullListener full(context);
    const auto port = full.acceptor.local_endpoint().port();
    tcp::acceptor other(context, tcp::endpoint(asio::ip::make_address("127.0.0.2"), port));
    resolver.result.addresses = {"127.0.0.1", "127.0.0.2"};
    std::optional<io::StreamResponse> response;
    asio::co_spawn(context, streams.exchange(connecting_to(port)),
                   [&](std::exception_ptr, io::StreamResponse answer) { response = std::move(answer); });
    context.poll();
    EXPECT_FALSE(response);
    clock.advance(Milliseconds{2'500});
    while (!response) {
        context.restart();
        context.run_one();
    }
    EXPECT_EQ(response->reason, Reason::none) << response->error;
    EXPECT_EQ(response->peer, "127.0.0.2:" + std::to_string(port));
}

TEST_F(StreamExchange, CancellingTheCallerCutsItOff) {
    asio::cancellation_signal cancel;
    serve([&](tcp::socket socket) -> asio::awaitable<void> {
        cancel.emit(asio::cancellation_type::terminal);
        return read_and_reset(std::move(socket));
    });
    std::exception_ptr failure;
    auto request = asking("", "never");
    request.port = acceptor->local_endpoint().port();
    asio::co_spawn(context, streams.exchange(request),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, io::StreamResponse) {
                       failure = thrown;
                       context.stop();
                   }));
    context.run();
    EXPECT_THROW(std::rethrow_exception(failure), boost::system::system_error);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

} // namespace

#pragma once

#include "io/asio_stream_exchange.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/io/fixed_resolver.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace model {
inline void PrintTo(Reason reason, std::ostream* out) { *out << "reason " << static_cast<int>(reason); }
} // namespace model

namespace exchange_test {

namespace asio = boost::asio;
using ::FixedResolver;
using asio::ip::tcp;
using model::Milliseconds;
using model::Reason;

/// To the test's own server.
inline io::StreamRequest asking(std::string send, std::string expect, std::size_t read_limit = 4'096) {
    io::StreamRequest request;
    request.host = "server.test";
    request.send = std::move(send);
    request.expect = std::move(expect);
    request.read_limit = read_limit;
    return request;
}

using Script = std::function<asio::awaitable<void>(tcp::socket)>;

inline asio::awaitable<void> serve_one(std::shared_ptr<tcp::acceptor> acceptor, Script script) {
    auto socket = co_await acceptor->async_accept(asio::use_awaitable);
    co_await script(std::move(socket));
}

inline asio::awaitable<void> read_some(tcp::socket& socket) {
    std::array<char, 4096> buffer{};
    co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
}

class StreamExchange : public testing::Test {
protected:
    /// The server plays `script` with the first connection.
    void serve(Script script) {
        io::spawn(context.get_executor(), serve_one(acceptor, std::move(script)), [](std::exception_ptr) {});
    }
    /// The server takes the first connection and lets the time pass in silence once `first` has been written.
    void serve_silence(const std::string& first = "") {
        serve([this, first](tcp::socket socket) { return silence(std::move(socket), first); });
    }
    asio::awaitable<void> silence(tcp::socket socket, std::string first) {
        co_await asio::async_write(socket, asio::buffer(first), asio::use_awaitable);
        co_await read_some(socket);  // what the client sends, so that it has read the text before the time passes
        clock.advance(Milliseconds{5'000});
        co_await read_some(socket);
    }
    io::StreamResponse exchange(io::StreamRequest request) {
        request.port = request.port == 0 ? acceptor->local_endpoint().port() : request.port;
        return run_to_end(context, streams.exchange(std::move(request)));
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    FixedResolver resolver;
    io::AsioStreamExchange streams{context.get_executor(), clock, resolver};
    std::shared_ptr<tcp::acceptor> acceptor =
        std::make_shared<tcp::acceptor>(context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
};

} // namespace exchange_test

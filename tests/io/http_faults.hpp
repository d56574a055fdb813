#pragma once

#include "io/boot_clock.hpp"
#include "io/spawn.hpp"
#include "tests/io/certificates.hpp"
#include "tests/io/stream_exchange_fixture.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace http_test {

namespace asio = boost::asio;
using asio::ip::tcp;

/// How the server ends once it has written its answer.
enum class End : std::uint8_t { close, reset, hold };

/// What the server does with each connection: read one request, write the pieces one by one, end.
struct Play {
    std::vector<std::string> pieces;
    End end = End::close;
};

/// A server on a loopback port of its own that plays the same to every connection; with TLS when it has a certificate. It
/// runs on the test's loop and keeps what it was asked.
class FaultyServer {
public:
    enum class Waits : std::uint8_t { for_a_request, for_any_byte };

    explicit FaultyServer(asio::io_context& context)
        : context_(context), acceptor_(context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {}
    FaultyServer(const FaultyServer&) = delete;
    FaultyServer& operator=(const FaultyServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

    void use_tls(const Certificate& certificate);
    void play(Play play, Waits waits = Waits::for_a_request);
    /// Runs when a request was read.
    void on_request(std::function<void()> action) { on_request_ = std::move(action); }

private:
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(tcp::socket socket);
    template <typename Stream> asio::awaitable<void> perform(Stream& stream, tcp::socket& socket);

    asio::io_context& context_;
    tcp::acceptor acceptor_;
    std::shared_ptr<asio::ssl::context> tls_;
    Play play_;
    Waits waits_ = Waits::for_a_request;
    bool accepting_ = false;
    std::function<void()> on_request_ = [] {};
    std::vector<std::string> asked_;
};

} // namespace http_test

#include "tests/io/http_faults.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace http_test {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> wait_for_the_end(tcp::socket& socket) {
    std::array<char, 1024> buffer{};
    for (;;) {
        const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), as_result);
        if (error) co_return;
    }
}

} // namespace

void FaultyServer::use_tls(const Certificate& certificate) {
    tls_ = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    tls_->use_certificate_chain(asio::buffer(certificate.certificate));
    tls_->use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
}

void FaultyServer::play(Play play, Waits waits) {
    play_ = std::move(play);
    waits_ = waits;
    asked_.clear();
    if (std::exchange(accepting_, true)) return;
    io::spawn(context_.get_executor(), accept(), [](std::exception_ptr) {});
}

asio::awaitable<void> FaultyServer::accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (error) co_return;
        io::spawn(context_.get_executor(), serve(std::move(socket)), [](std::exception_ptr) {});
    }
}

asio::awaitable<void> FaultyServer::serve(tcp::socket socket) {
    if (tls_ == nullptr) {
        co_await perform(socket, socket);
        co_return;
    }
    asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_result);
    if (!error) co_await perform(stream, socket);
}

template <typename Stream> asio::awaitable<void> FaultyServer::perform(Stream& stream, tcp::socket& socket) {
    const auto play = play_;
    std::string request;
    if (waits_ == Waits::for_any_byte) {
        request.resize(1'024);
        co_await stream.async_read_some(asio::buffer(request), as_result);
    } else {
        const auto [error, count] = co_await asio::async_read_until(stream, asio::dynamic_buffer(request, 64 << 10), "\r\n\r\n", as_result);
        if (error) co_return;
    }
    asked_.push_back(request);
    on_request_();
    for (const auto& piece : play.pieces) {
        const auto [error, written] = co_await asio::async_write(stream, asio::buffer(piece), as_result);
        if (error) co_return;
    }
    if (play.end == End::reset) {
        socket.set_option(asio::socket_base::linger(true, 0));
        socket.close();
    } else if (play.end == End::hold) {
        co_await wait_for_the_end(socket);
    } else if constexpr (!std::is_same_v<Stream, tcp::socket>) {
        co_await stream.async_shutdown(as_result);
    }
}

} // namespace http_test

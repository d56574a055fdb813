#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace web {

namespace asio = boost::asio;

/// The bytes of one client: as they come, or out of TLS where the server has a context. What reads and writes need not know.
/// State thread only.
class PeerStream {
public:
    using executor_type = asio::ip::tcp::socket::executor_type;

    /// `context`: null for clear text; it outlives the stream.
    PeerStream(asio::ip::tcp::socket socket, asio::ssl::context* context) : socket_(std::move(socket)) {
        if (context != nullptr) tls_ = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket&>>(socket_, *context);
    }

    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
    [[nodiscard]] asio::ip::tcp::socket& socket() { return socket_; }
    [[nodiscard]] const asio::ip::tcp::socket& socket() const { return socket_; }

    /// Null: clear text.
    [[nodiscard]] asio::ssl::stream<asio::ip::tcp::socket&>* tls() { return tls_.get(); }

    template <typename Buffers, typename Token> auto async_read_some(const Buffers& buffers, Token&& token) {
        const auto begin = [this](auto handler, const Buffers& into) {
            if (tls_ == nullptr) socket_.async_read_some(into, std::move(handler));
            else tls_->async_read_some(into, std::move(handler));
        };
        return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(begin, token, buffers);
    }

    template <typename Buffers, typename Token> auto async_write_some(const Buffers& buffers, Token&& token) {
        const auto begin = [this](auto handler, const Buffers& from) {
            if (tls_ == nullptr) socket_.async_write_some(from, std::move(handler));
            else tls_->async_write_some(from, std::move(handler));
        };
        return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(begin, token, buffers);
    }

private:
    asio::ip::tcp::socket socket_;
    std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
};

} // namespace web

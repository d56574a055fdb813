#include "tests/io/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

namespace scripted {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds between_drops{3};

/// One connection while its script is played.
class Connection {
public:
    Connection(tcp::socket socket, TlsContext context, std::shared_ptr<std::string> heard)
        : socket_(std::move(socket)), context_(std::move(context)), heard_(std::move(heard)) {}

    asio::awaitable<void> play(Script script) {
        error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
        for (const auto& move : script) {
            if (!co_await make(move)) co_return;
        }
        co_await end(/*farewell=*/true);
    }

private:
    /// False: the connection is over.
    asio::awaitable<bool> make(Move move) {
        switch (move.kind) {
        case Move::Kind::hear: co_return co_await hear_until(move.text);
        case Move::Kind::say: co_return co_await write(move.text);
        case Move::Kind::flood: co_return co_await flood_with(move.text);
        case Move::Kind::drip: co_return co_await drip_with(move.text);
        case Move::Kind::secure: co_return co_await shake_hands();
        case Move::Kind::close: co_await end(/*farewell=*/true); co_return false;
        case Move::Kind::cut: co_await end(/*farewell=*/false); co_return false;
        case Move::Kind::reset: drop(); co_return false;
        case Move::Kind::stall: co_await read_to_end(); co_return false;
        case Move::Kind::deaf: co_await pause(std::chrono::hours{24}); co_return false;
        }
        co_return false;
    }

    asio::awaitable<bool> read() {
        std::array<char, 16384> buffer{};
        const auto [error, count] = tls_ ? co_await tls_->async_read_some(asio::buffer(buffer), as_result)
                                         : co_await socket_.async_read_some(asio::buffer(buffer), as_result);
        unread_.append(buffer.data(), count);
        heard_->append(buffer.data(), count);
        co_return !error;
    }

    asio::awaitable<bool> write(std::string text) {
        const auto [error, count] = tls_ ? co_await asio::async_write(*tls_, asio::buffer(text), as_result)
                                         : co_await asio::async_write(socket_, asio::buffer(text), as_result);
        co_return !error;
    }

    asio::awaitable<bool> hear_until(std::string text) {
        std::size_t from = 0;
        for (auto at = unread_.find(text); true; at = unread_.find(text, from)) {
            if (at != std::string::npos) {
                unread_.erase(0, at + text.size());
                co_return true;
            }
            from = unread_.size() - std::min(unread_.size(), text.size());
            if (!co_await read()) co_return false;
        }
    }

    asio::awaitable<bool> flood_with(std::string text) {
        std::string much;
        while (much.size() < 16'384) much += text;
        while (co_await write(much)) {
        }
        co_return false;
    }

    asio::awaitable<bool> drip_with(std::string text) {
        for (std::size_t at = 0; true; at = (at + 1) % text.size()) {
            if (!co_await write(text.substr(at, 1))) co_return false;
            co_await pause(between_drops);
        }
    }

    asio::awaitable<bool> shake_hands() {
        tls_.emplace(socket_, *context_);
        const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, as_result);
        co_return !error;
    }

    /// What was said is not lost to an early close: the peer's end is waited for.
    asio::awaitable<void> end(bool farewell) {
        if (tls_ && farewell) co_await tls_->async_shutdown(as_result);
        tls_.reset();
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        co_await read_to_end();
    }

    asio::awaitable<void> read_to_end() {
        while (co_await read()) unread_.clear();
    }

    void drop() {
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        socket_.close(ignored);
    }

    asio::awaitable<void> pause(std::chrono::milliseconds duration) {
        asio::steady_timer timer(socket_.get_executor(), duration);
        co_await timer.async_wait(as_result);
    }

    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
    TlsContext context_;
    std::shared_ptr<std::string> heard_;
    std::string unread_;
};

void must_not_throw(const std::exception_ptr& failure) {
    if (failure != nullptr) ADD_FAILURE() << "the scripted server threw";
}

asio::awaitable<void> play(tcp::socket socket, TlsContext context, std::shared_ptr<std::string> heard, Script script) {
    Connection connection(std::move(socket), std::move(context), std::move(heard));
    co_await connection.play(std::move(script));
}

} // namespace

Script operator+(Script first, const Script& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// Shared with its coroutines: the loop may outlive the server.
class Server::State {
public:
    State(asio::io_context& context, std::vector<Script> scripts, TlsContext tls)
        : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), scripts_(std::move(scripts)), tls_(std::move(tls)) {}

    static asio::awaitable<void> serve(std::shared_ptr<State> self) {
        for (;;) {
            auto [error, socket] = co_await self->acceptor.async_accept(as_result);
            if (error) co_return;
            const auto number = std::min(self->heard.size(), self->scripts_.size() - 1);
            auto& said = self->heard.emplace_back(std::make_shared<std::string>());
            const auto executor = socket.get_executor();
            asio::co_spawn(executor, play(std::move(socket), self->tls_, said, self->scripts_[number]), must_not_throw);
        }
    }

    tcp::acceptor acceptor;
    std::deque<std::shared_ptr<std::string>> heard;

private:
    std::vector<Script> scripts_;
    TlsContext tls_;
};

Server::Server(asio::io_context& context, std::vector<Script> scripts, TlsContext tls)
    : state_(std::make_shared<State>(context, std::move(scripts), std::move(tls))) {
    asio::co_spawn(context, State::serve(state_), must_not_throw);
}

Server::~Server() {
    error_code ignored;
    state_->acceptor.close(ignored);
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

std::size_t Server::connections() const { return state_->heard.size(); }

std::string Server::heard(std::size_t connection) const {
    return connection < state_->heard.size() ? *state_->heard[connection] : std::string{};
}

std::uint16_t refusing_port(asio::io_context& context) {
    const tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return acceptor.local_endpoint().port();
}

FullListener::FullListener(asio::io_context& context) : acceptor_(context) {
    const tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
    acceptor_.open(here.protocol());
    acceptor_.bind(here);
    acceptor_.listen(0);
    for (int count = 0; count < 3; ++count) {
        auto& socket = fill_.emplace_back(context);
        socket.open(tcp::v4());
        socket.async_connect(acceptor_.local_endpoint(), [](const error_code&) {});
    }
}

} // namespace scripted

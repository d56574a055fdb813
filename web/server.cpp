#include "web/server.hpp"

#include "io/sleep.hpp"
#include "io/spawn.hpp"
#include "web/connection.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <list>
#include <utility>

namespace web {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr model::Milliseconds after_a_failed_accept{100};  // out of descriptors: give the others time to end

std::string shown(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return fmt::format(fmt::runtime(endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}"), address, endpoint.port());
}

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

error_code open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
    }
    return error;
}

} // namespace

/// Shared with the coroutines, so that one that goes on late finds it stopped instead of gone.
struct Server::State : std::enable_shared_from_this<Server::State> {
    State(asio::any_io_executor on, io::Clock& clock, const Router& router, Limits limits, std::shared_ptr<asio::ssl::context> tls)
        : executor(std::move(on)), serving(std::make_shared<Serving>(clock, router, limits, Counts{}, std::move(tls))) {}

    static asio::awaitable<void> listen(std::shared_ptr<State> self, tcp::endpoint endpoint);
    static asio::awaitable<void> accept(std::shared_ptr<State> self, std::shared_ptr<tcp::acceptor> acceptor);
    void admit(tcp::socket socket);
    bool make_room();

    asio::any_io_executor executor;
    std::shared_ptr<Serving> serving;
    std::vector<std::shared_ptr<tcp::acceptor>> acceptors;
    std::list<std::weak_ptr<Connection>> connections;
    bool stopped = false;
};

asio::awaitable<void> Server::State::listen(std::shared_ptr<State> self, tcp::endpoint endpoint) {
    const auto acceptor = std::make_shared<tcp::acceptor>(self->executor);
    bool told = false;
    while (!self->stopped) {
        const auto error = open(*acceptor, endpoint);
        if (!error) break;
        if (!std::exchange(told, true)) {
            spdlog::error("cannot listen on {}: {}; trying again. Free the address, or change `listen` in the configuration",
                          shown(endpoint), error.message());
        }
        co_await io::sleep_until(self->serving->clock, self->serving->clock.now().boot + self->serving->limits.bind_again);
    }
    if (self->stopped) co_return;
    self->acceptors.push_back(acceptor);
    spdlog::info("listening on {}://{}", self->serving->tls == nullptr ? "http" : "https", shown(acceptor->local_endpoint()));
    co_await accept(self, acceptor);
}

asio::awaitable<void> Server::State::accept(std::shared_ptr<State> self, std::shared_ptr<tcp::acceptor> acceptor) {
    while (!self->stopped) {
        error_code error;
        auto socket = co_await acceptor->async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (self->stopped) co_return;
        if (!error) self->admit(std::move(socket));
        else co_await io::sleep_until(self->serving->clock, self->serving->clock.now().boot + after_a_failed_accept);
    }
}

/// True: there is room for one more, perhaps because the connection that was idle for longest made way.
bool Server::State::make_room() {
    if (connections.size() < serving->limits.connections) return true;
    std::shared_ptr<Connection> oldest;
    for (const auto& weak : connections) {
        auto connection = weak.lock();
        if (connection == nullptr || connection->idle_since() == model::Milliseconds::max()) continue;
        if (oldest == nullptr || connection->idle_since() < oldest->idle_since()) oldest = std::move(connection);
    }
    ++serving->counts.turned_away;
    if (oldest == nullptr) return false;
    oldest->close();
    return true;
}

void Server::State::admit(tcp::socket socket) {
    ++serving->counts.accepted;
    // Those that are told to go are few more than the limit, and gone within a second or so.
    if (connections.size() >= 2 * serving->limits.connections) return;
    const bool room = make_room();
    const auto connection = std::make_shared<Connection>(std::move(socket), serving);
    const auto place = connections.insert(connections.end(), connection);
    serving->counts.open = connections.size();
    // A newcomer over TLS for whom there is no room is closed unheard: a handshake is the dearest thing that it could ask for.
    if (!room && serving->tls != nullptr) connection->close();
    auto work = room ? Connection::serve(connection) : Connection::turn_away(connection);
    io::spawn(executor, std::move(work), [self = shared_from_this(), place](std::exception_ptr failure) {
        self->connections.erase(place);
        self->serving->counts.open = self->connections.size();
        if (failure != nullptr) spdlog::error("a connection ended with an exception: {}", what_of(failure));
    });
}

Server::Server(asio::any_io_executor executor, io::Clock& clock, const Router& router, Limits limits,
               std::shared_ptr<asio::ssl::context> tls)
    : state_(std::make_shared<State>(std::move(executor), clock, router, limits, std::move(tls))) {}

Server::~Server() { stop(); }

void Server::listen(std::vector<tcp::endpoint> endpoints) {
    for (const auto& endpoint : endpoints) {
        io::spawn(state_->executor, State::listen(state_, endpoint), [](std::exception_ptr failure) {
            if (failure != nullptr) spdlog::error("a listener ended with an exception: {}", what_of(failure));
        });
    }
}

void Server::stop() {
    state_->stopped = true;
    error_code ignored;
    for (const auto& acceptor : state_->acceptors) acceptor->close(ignored);
    for (const auto& weak : state_->connections) {
        if (const auto connection = weak.lock()) connection->close();
    }
}

std::vector<tcp::endpoint> Server::endpoints() const {
    std::vector<tcp::endpoint> result;
    error_code ignored;
    for (const auto& acceptor : state_->acceptors) {
        if (acceptor->is_open()) result.push_back(acceptor->local_endpoint(ignored));
    }
    return result;
}

const Counts& Server::counts() const { return state_->serving->counts; }

} // namespace web

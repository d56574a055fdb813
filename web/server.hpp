#pragma once

#include "io/clock.hpp"
#include "web/router.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace web {

/// What a client can take of us. Times are on the boot clock.
struct Limits {
    std::size_t connections = 256;           ///< open at a time; then the longest idle one makes room, or the newcomer gets 503
    std::size_t header_bytes = 16 << 10;     ///< request line and headers
    model::Milliseconds handshake{10'000};   ///< of TLS, from the connection on
    model::Milliseconds idle{75'000};        ///< without a request on an open connection
    model::Milliseconds request{10'000};     ///< from a request's first byte to its last
    model::Milliseconds handling{30'000};    ///< until the handler has its answer
    model::Milliseconds piece{30'000};       ///< until one piece of an answer is taken
    model::Milliseconds answer{300'000};     ///< until all of it is
    model::Milliseconds linger{1'000};       ///< a refused client may still be talking: so long we listen, or it would not hear us
    model::Milliseconds bind_again{10'000};  ///< between attempts to open an address that is taken
};

/// For metrics: what the server has done since it started.
struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t turned_away = 0;                   ///< no room: 503, or an idle connection closed for another
    std::uint64_t open = 0;
    std::uint64_t handshakes_failed = 0;             ///< TLS: no certificate, one that is not taken, no TLS at all, or too slow
    std::map<std::uint16_t, std::uint64_t> answers;  ///< by status
};

/// HTTP/1.1 on some addresses, answered on the state thread: a piece of an answer per turn, so that no client delays a
/// probe. Everything that a client sends is bounded in size, time and number. Without a TLS context clear text: for loopback, or
/// behind a proxy. With one (`server_context`) only clients with a certificate are heard, and a request says whose it is.
///
/// An address that is taken or not there yet is logged and tried again: watching and telling go on without it.
/// Router and clock outlive the server; its connections end at the next turn of the loop after `stop`.
class Server {
public:
    Server(asio::any_io_executor executor, io::Clock& clock, const Router& router, Limits limits,
           std::shared_ptr<asio::ssl::context> tls = nullptr);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens there as soon as possible. State thread.
    void listen(std::vector<asio::ip::tcp::endpoint> endpoints);

    /// Closes everything; answers under way are cut.
    void stop();

    /// Where it listens now; with port 0 asked for, the port that was given.
    [[nodiscard]] std::vector<asio::ip::tcp::endpoint> endpoints() const;
    [[nodiscard]] const Counts& counts() const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

} // namespace web

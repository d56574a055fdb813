#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/resolver.hpp"
#include "io/stopwatch.hpp"
#include "io/stream_transfer.hpp"
#include "io/tls_contexts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace io {

/// What an opened stream came to, or why there is none.
struct Opened {
    model::Reason reason = model::Reason::none;
    std::string error;  ///< for people, when reason is not none
    std::string peer;   ///< address:port
    TlsFacts tls;
    model::Phases phases;
};

/// How every exchange over a stream begins: resolve, connect (each address gets its share of the time), TLS. The socket
/// keeps the deadline: a step that it cuts off throws operation_aborted. One thread only.
class StreamOpening {
public:
    enum class Step : std::uint8_t { resolve, connect, tls, open };

    /// `deadline`: boot time. `timeout`: for the sentences.
    StreamOpening(SocketWatch& sockets, Clock& clock, model::Milliseconds deadline, model::Milliseconds timeout)
        : sockets_(sockets), clock_(clock), deadline_(deadline), timeout_(timeout), socket_(sockets.executor(), clock, deadline) {}

    /// False: see `opened().reason`.
    asio::awaitable<bool> connect(Resolver& resolver, std::string host, std::uint16_t port, AddressFamily family);

    /// Verified TLS on the connected socket, as `options` say; `host` unless they name another server.
    asio::awaitable<bool> shake_hands(TlsStream& stream, const TlsOptions& options, const std::string& host);

    /// The context of `options`, or nothing: the files cannot be used.
    asio::ssl::context* context_of(TlsContexts& contexts, const TlsOptions& options);

    /// After being cut off: says which step took too long. False: it was open already, and the caller knows better.
    bool time_is_over(const std::string& host);

    [[nodiscard]] TimedSocket& socket() { return socket_; }
    [[nodiscard]] Opened& opened() { return opened_; }
    [[nodiscard]] Stopwatch& watch() { return watch_; }

private:
    asio::awaitable<boost::system::error_code> connect_within_share(asio::ip::tcp::endpoint endpoint, std::size_t addresses_left);
    void fail(model::Reason reason, std::string error);
    [[nodiscard]] bool answered_badly() const;

    SocketWatch& sockets_;
    Clock& clock_;
    model::Milliseconds deadline_;
    model::Milliseconds timeout_;
    Opened opened_;
    Stopwatch watch_;
    Step step_ = Step::resolve;
    TimedSocket socket_;
};

/// Whether the peer closed the stream, with or without ado.
[[nodiscard]] bool is_end(const boost::system::error_code& error);

/// Of an open stream that broke.
[[nodiscard]] model::Reason reason_of_stream(const boost::system::error_code& error);

} // namespace io

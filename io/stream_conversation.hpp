#pragma once

#include "io/deadline.hpp"
#include "io/resolver.hpp"
#include "io/stopwatch.hpp"
#include "io/stream_exchange.hpp"
#include "io/tls_contexts.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace io {

/// One exchange of AsioStreamExchange: where it has come to, and what is known so far. One thread only.
class StreamConversation {
public:
    /// `deadline`: boot time, kept by the caller; known here so that every address gets its share of the time.
    StreamConversation(asio::any_io_executor executor, Clock& clock, StreamRequest request, model::Milliseconds deadline)
        : executor_(std::move(executor)), clock_(clock), request_(std::move(request)), deadline_(deadline) {}

    /// Resolve, connect, handshake, talk. True, always; what happened is in the response.
    asio::awaitable<bool> run(Resolver& resolver, TlsContexts& contexts);

    /// After `run` was cut off: says which step took too long.
    void time_is_over();

    [[nodiscard]] StreamResponse take_response() { return std::move(response_); }

private:
    using Socket = asio::ip::tcp::socket;
    enum class Step : std::uint8_t { resolve, connect, tls, answer };

    asio::awaitable<bool> connect(Socket& socket, std::vector<std::string> addresses);
    asio::awaitable<boost::system::error_code> connect_to(Socket& socket, asio::ip::tcp::endpoint endpoint, std::size_t addresses_left);
    asio::awaitable<bool> shake_hands(asio::ssl::stream<Socket&>& stream);
    template <typename Stream> asio::awaitable<void> talk(Stream& stream);
    template <typename Stream> asio::awaitable<void> read_expected(Stream& stream);
    void fail(model::Reason reason, std::string error);
    [[nodiscard]] bool answered_badly() const;

    asio::any_io_executor executor_;
    Clock& clock_;
    StreamRequest request_;
    model::Milliseconds deadline_;
    StreamResponse response_;
    Stopwatch watch_;
    Step step_ = Step::resolve;
};

} // namespace io

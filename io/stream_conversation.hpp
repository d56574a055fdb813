#pragma once

#include "io/stream_exchange.hpp"
#include "io/stream_opening.hpp"

#include <string>
#include <vector>

namespace io {

/// One exchange of AsioStreamExchange: where it has come to, and what is known so far. One thread only.
class StreamConversation {
public:
    /// `deadline`: boot time.
    StreamConversation(SocketWatch& sockets, Clock& clock, StreamRequest request, model::Milliseconds deadline)
        : request_(std::move(request)), steps_(steps_of(request_)), opening_(sockets, clock, deadline, request_.timeout) {}

    /// Resolve, connect, handshake, talk; what happened is in the response. Throws operation_aborted when the time is over,
    /// or the caller was cancelled.
    asio::awaitable<void> run(Resolver& resolver, TlsContexts& contexts);

    /// Whether the time was over; `time_is_over` then says which step took too long.
    [[nodiscard]] bool expired() { return opening_.socket().expired(); }
    void time_is_over();

    [[nodiscard]] StreamResponse take_response();

private:
    /// Takes steps until the end (true), a failure (false), or one that begins TLS (true, with steps left).
    template <typename Stream> asio::awaitable<bool> talk(Stream& stream);
    template <typename Stream> asio::awaitable<bool> read_until(Stream& stream, const IsComplete& complete);
    template <typename Stream> asio::awaitable<bool> send(Stream& stream, const std::string& text);
    asio::awaitable<void> secure(TlsContexts& contexts);
    void fail(model::Reason reason, std::string error);

    static std::vector<StreamStep> steps_of(const StreamRequest& request);

    StreamRequest request_;
    std::vector<StreamStep> steps_;
    std::size_t next_step_ = 0;
    StreamOpening opening_;
    StreamResponse response_;
};

} // namespace io

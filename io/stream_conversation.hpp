#pragma once

#include "io/stream_exchange.hpp"
#include "io/stream_opening.hpp"

#include <string>

namespace io {

/// One exchange of AsioStreamExchange: where it has come to, and what is known so far. One thread only.
class StreamConversation {
public:
    /// `deadline`: boot time.
    StreamConversation(asio::any_io_executor executor, Clock& clock, StreamRequest request, model::Milliseconds deadline)
        : request_(std::move(request)), opening_(std::move(executor), clock, deadline, request_.timeout) {}

    /// Resolve, connect, handshake, talk; what happened is in the response. Throws operation_aborted when the time is over,
    /// or the caller was cancelled.
    asio::awaitable<void> run(Resolver& resolver, TlsContexts& contexts);

    /// Whether the time was over; `time_is_over` then says which step took too long.
    [[nodiscard]] bool expired() { return opening_.socket().expired(); }
    void time_is_over();

    [[nodiscard]] StreamResponse take_response();

private:
    template <typename Stream> asio::awaitable<void> talk(Stream& stream);
    template <typename Stream> asio::awaitable<void> read_expected(Stream& stream);
    void fail(model::Reason reason, std::string error);

    StreamRequest request_;
    StreamOpening opening_;
    StreamResponse response_;
};

} // namespace io

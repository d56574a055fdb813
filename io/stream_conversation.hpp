#pragma once

#include "io/stream_exchange.hpp"
#include "io/stream_opening.hpp"

#include <string>

namespace io {

/// One exchange of AsioStreamExchange: where it has come to, and what is known so far. One thread only.
class StreamConversation {
public:
    /// `deadline`: boot time, kept by the caller; known here so that every address gets its share of the time.
    StreamConversation(asio::any_io_executor executor, Clock& clock, StreamRequest request, model::Milliseconds deadline)
        : executor_(std::move(executor)), request_(std::move(request)), opening_(clock, deadline, request_.timeout) {}

    /// Resolve, connect, handshake, talk. True, always; what happened is in the response.
    asio::awaitable<bool> run(Resolver& resolver, TlsContexts& contexts);

    /// After `run` was cut off: says which step took too long.
    void time_is_over();

    [[nodiscard]] StreamResponse take_response();

private:
    template <typename Stream> asio::awaitable<void> talk(Stream& stream);
    template <typename Stream> asio::awaitable<void> read_expected(Stream& stream);
    void fail(model::Reason reason, std::string error);

    asio::any_io_executor executor_;
    StreamRequest request_;
    StreamOpening opening_;
    StreamResponse response_;
};

} // namespace io

#include "io/asio_stream_exchange.hpp"

#include "io/stream_conversation.hpp"

#include <utility>

namespace io {

asio::awaitable<StreamResponse> AsioStreamExchange::exchange(StreamRequest request) {
    const auto began = clock_.now();
    const auto deadline = began.boot + request.timeout;
    StreamConversation conversation(sockets_, clock_, std::move(request), deadline);
    try {
        co_await conversation.run(resolver_, contexts_);
    } catch (const boost::system::system_error&) {
        if (!conversation.expired()) throw;
        conversation.time_is_over();
    }
    auto response = conversation.take_response();
    response.began = began;
    response.ended = clock_.now();
    co_return response;
}

} // namespace io

#include "io/asio_stream_exchange.hpp"

#include "io/deadline.hpp"
#include "io/stream_conversation.hpp"

#include <utility>

namespace io {

asio::awaitable<StreamResponse> AsioStreamExchange::exchange(StreamRequest request) {
    const auto began = clock_.now();
    const auto deadline = began.boot + request.timeout;
    StreamConversation conversation(executor_, clock_, std::move(request), deadline);
    auto running = conversation.run(resolver_, contexts_);
    const auto ended = co_await with_deadline(std::move(running), clock_, deadline);
    if (!ended) conversation.time_is_over();
    auto response = conversation.take_response();
    response.began = began;
    response.ended = clock_.now();
    co_return response;
}

} // namespace io

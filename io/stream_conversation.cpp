#include "io/stream_conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace io {

namespace {

using Reason = model::Reason;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

void StreamConversation::fail(Reason reason, std::string error) {
    response_.reason = reason;
    response_.error = std::move(error);
}

void StreamConversation::time_is_over() {
    if (opening_.time_is_over(request_.host)) return;
    const auto within = " within " + std::to_string(request_.timeout.count()) + " ms";
    response_.phases.processing += opening_.watch().lap();
    if (response_.received.empty()) return fail(Reason::response_timeout, "connected, but no answer" + within);
    return fail(Reason::not_expected, "the expected text did not come" + within);
}

StreamResponse StreamConversation::take_response() {
    auto& opened = opening_.opened();
    if (opened.reason != Reason::none) fail(opened.reason, std::move(opened.error));
    response_.peer = std::move(opened.peer);
    response_.tls = std::move(opened.tls);
    response_.phases.resolve = opened.phases.resolve;
    response_.phases.connect = opened.phases.connect;
    response_.phases.tls = opened.phases.tls;
    return std::move(response_);
}

asio::awaitable<void> StreamConversation::run(Resolver& resolver, TlsContexts& contexts) {
    if (!co_await opening_.connect(resolver, request_.host, request_.port, request_.family)) co_return;
    if (!request_.use_tls) {
        if (!request_.send.empty() || !request_.expect.empty()) co_await talk(opening_.socket().get());
        co_return;
    }
    auto* const context = opening_.context_of(contexts, request_.tls);
    if (context == nullptr) co_return;
    TlsStream stream(opening_.socket().get(), *context);
    if (co_await opening_.shake_hands(stream, request_.tls, request_.host)) co_await talk(stream);
}

template <typename Stream> asio::awaitable<void> StreamConversation::talk(Stream& stream) {
    opening_.begin_talk();
    if (!request_.send.empty()) {
        const auto [error, count] = co_await asio::async_write(stream, asio::buffer(request_.send), as_result);
        opening_.socket().check(error);
        if (error) {
            fail(reason_of_stream(error), "sending: " + error.message());
            co_return;
        }
    }
    if (!request_.expect.empty()) co_await read_expected(stream);
}

template <typename Stream> asio::awaitable<void> StreamConversation::read_expected(Stream& stream) {
    auto& received = response_.received;
    std::array<char, 1024> buffer{};
    while (received.size() < request_.read_limit) {
        const auto room = std::min(buffer.size(), request_.read_limit - received.size());
        const auto [error, count] = co_await stream.async_read_some(asio::buffer(buffer.data(), room), as_result);
        opening_.socket().check(error);
        (received.empty() ? response_.phases.processing : response_.phases.transfer) += opening_.watch().lap();
        const auto overlap = std::min(received.size(), request_.expect.size() - 1);
        const auto from = received.size() - overlap;
        received.append(buffer.data(), count);
        if (received.find(request_.expect, from) != std::string::npos) co_return;
        if (!error) continue;
        if (is_end(error)) fail(Reason::not_expected, "the peer closed the connection before the expected text");
        else fail(reason_of_stream(error), "reading: " + error.message());
        co_return;
    }
    fail(Reason::not_expected, "the expected text is not in the first " + std::to_string(request_.read_limit) + " bytes");
}

} // namespace io

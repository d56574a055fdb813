#include "io/stream_conversation.hpp"

#include <algorithm>
#include <array>

namespace io {

namespace {

using Reason = model::Reason;

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

std::vector<StreamStep> StreamConversation::steps_of(const StreamRequest& request) {
    auto steps = request.steps;
    if (!request.send.empty()) steps.push_back({.complete = {}, .send = request.send});
    auto complete = request.complete;
    if (!complete && !request.expect.empty()) {
        complete = [wanted = request.expect](std::string_view received) { return received.find(wanted) != std::string_view::npos; };
    }
    if (complete) steps.push_back({.complete = std::move(complete), .send = {}});
    return steps;
}

asio::awaitable<void> StreamConversation::run(Resolver& resolver, TlsContexts& contexts) {
    if (!co_await opening_.connect(resolver, request_.host, request_.port, request_.family)) co_return;
    bool secured = request_.use_tls;
    if (!secured) {
        if (!co_await talk(opening_.socket())) co_return;
        secured = next_step_ > 0 && steps_[next_step_ - 1].start_tls;
    }
    if (secured) co_await secure(contexts);
}

/// TLS, and the rest of the steps in it.
asio::awaitable<void> StreamConversation::secure(TlsContexts& contexts) {
    auto* const context = opening_.context_of(contexts, request_.tls);
    if (context == nullptr) co_return;
    TlsStream stream(opening_.socket().get(), *context);
    if (!co_await opening_.shake_hands(stream, request_.tls, request_.host)) co_return;
    const auto& options = request_.tls;
    if (options.inspect && options.verify && !opening_.opened().tls.verified) co_return;  // looked at, and not talked to
    co_await talk(stream);
}

template <typename Stream> asio::awaitable<bool> StreamConversation::talk(Stream& stream) {
    while (next_step_ < steps_.size()) {
        const auto& step = steps_[next_step_];
        if (step.complete && !co_await read_until(stream, step.complete)) co_return false;
        if (!step.send.empty() && !co_await send(stream, step.send)) co_return false;
        ++next_step_;
        if (step.start_tls) break;
    }
    co_return true;
}

template <typename Stream> asio::awaitable<bool> StreamConversation::send(Stream& stream, const std::string& text) {
    const auto [error, count] = co_await write_all(stream, text);
    opening_.socket().check(error);
    if (!error) co_return true;
    fail(reason_of_stream(error), "sending: " + error.message());
    co_return false;
}

template <typename Stream> asio::awaitable<bool> StreamConversation::read_until(Stream& stream, const IsComplete& complete) {
    auto& received = response_.received;
    received.clear();
    std::array<char, 1024> buffer{};
    while (received.size() < request_.read_limit) {
        const auto room = std::min(buffer.size(), request_.read_limit - received.size());
        const auto [error, count] = co_await read_some(stream, asio::buffer(buffer.data(), room));
        opening_.socket().check(error);
        (received.empty() ? response_.phases.processing : response_.phases.transfer) += opening_.watch().lap();
        received.append(buffer.data(), count);
        if (count > 0 && complete(received)) co_return true;
        if (!error) continue;
        if (is_end(error)) fail(Reason::not_expected, "the peer closed the connection before the expected text");
        else fail(reason_of_stream(error), "reading: " + error.message());
        co_return false;
    }
    fail(Reason::not_expected, "the expected text is not in the first " + std::to_string(request_.read_limit) + " bytes");
    co_return false;
}

} // namespace io

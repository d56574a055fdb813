#include "io/stream_conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>

namespace io {

namespace {

using boost::system::error_code;
using Reason = model::Reason;
using tcp = asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Our own cancellation is no finding about the peer.
void pass_on_cancellation(const error_code& error) {
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

Reason reason_of_connect(const error_code& error) {
    namespace failure = boost::system::errc;
    if (error == asio::error::connection_refused) return Reason::refused;
    if (error == asio::error::connection_reset || error == asio::error::connection_aborted) return Reason::reset;
    if (error == asio::error::timed_out) return Reason::connect_timeout;
    // nothing was tried: this machine is out of means
    if (error == failure::too_many_files_open || error == failure::too_many_files_open_in_system || error == failure::no_buffer_space ||
        error == failure::not_enough_memory)
        return Reason::probe_crashed;
    return Reason::no_route;  // unreachable, no address of that family here, forbidden by a local firewall
}

Reason reason_of_stream(const error_code& error) {
    return error.category() == asio::error::get_ssl_category() ? Reason::tls_failed : Reason::reset;
}

bool is_end(const error_code& error) { return error == asio::error::eof || error == asio::ssl::error::stream_truncated; }

std::string text_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

} // namespace

void StreamConversation::fail(Reason reason, std::string error) {
    response_.reason = reason;
    response_.error = std::move(error);
}

bool StreamConversation::answered_badly() const { return response_.reason == Reason::refused || response_.reason == Reason::reset; }

void StreamConversation::time_is_over() {
    const auto within = " within " + std::to_string(request_.timeout.count()) + " ms";
    switch (step_) {
    case Step::resolve:
        response_.phases.resolve = watch_.lap();
        return fail(Reason::name_timeout, "the name " + request_.host + " was not resolved" + within);
    case Step::connect:
        response_.phases.connect = watch_.lap();
        if (answered_badly()) return;  // another of its addresses was there, and said no
        return fail(Reason::connect_timeout, "no connection" + within + (response_.error.empty() ? "" : "; " + response_.error));
    case Step::tls: response_.phases.tls = watch_.lap(); return fail(Reason::response_timeout, "the TLS handshake did not end" + within);
    case Step::answer:
        response_.phases.processing += watch_.lap();
        if (response_.received.empty()) return fail(Reason::response_timeout, "connected, but no answer" + within);
        return fail(Reason::not_expected, "the expected text did not come" + within);
    }
}

asio::awaitable<bool> StreamConversation::run(Resolver& resolver, TlsContexts& contexts) {
    auto resolved = co_await resolver.resolve(request_.host, request_.family, request_.timeout);
    response_.phases.resolve = resolved.took;
    if (resolved.reason != Reason::none) {
        fail(resolved.reason, std::move(resolved.error));
        co_return true;
    }
    step_ = Step::connect;
    Socket socket(executor_);
    if (!co_await connect(socket, std::move(resolved.addresses))) co_return true;
    if (!request_.use_tls) {
        co_await talk(socket);
        co_return true;
    }
    step_ = Step::tls;
    asio::ssl::context* context = nullptr;
    try {
        context = &contexts.get(request_.tls);
        watch_.lap();  // reading the roots is no part of the handshake
    } catch (const boost::system::system_error& error) {
        fail(Reason::tls_failed, std::string("the files of the tls settings cannot be used: ") + error.what());
        co_return true;
    }
    asio::ssl::stream<Socket&> stream(socket, *context);
    if (co_await shake_hands(stream)) co_await talk(stream);
    co_return true;
}

asio::awaitable<bool> StreamConversation::connect(Socket& socket, std::vector<std::string> addresses) {
    watch_.lap();
    for (std::size_t index = 0; index < addresses.size(); ++index) {
        const tcp::endpoint endpoint(asio::ip::make_address(addresses[index]), request_.port);
        const auto error = co_await connect_to(socket, endpoint, addresses.size() - index);
        response_.phases.connect = watch_.lap() + response_.phases.connect;
        if (!error) {
            error_code ignored;  // an option that cannot be set spoils nothing
            socket.set_option(tcp::no_delay(true), ignored);
            response_.peer = text_of(endpoint);
            fail(Reason::none, {});
            co_return true;
        }
        socket.close();
        if (!answered_badly()) fail(reason_of_connect(error), text_of(endpoint) + ": " + error.message());
    }
    co_return false;
}

namespace {

asio::awaitable<error_code> connect_socket(tcp::socket& socket, tcp::endpoint endpoint) {
    const auto [error] = co_await socket.async_connect(endpoint, as_result);
    pass_on_cancellation(error);
    co_return error;
}

} // namespace

asio::awaitable<error_code> StreamConversation::connect_to(Socket& socket, tcp::endpoint endpoint, std::size_t addresses_left) {
    auto connecting = connect_socket(socket, endpoint);
    if (addresses_left == 1) co_return co_await std::move(connecting);
    const auto now = clock_.now().boot;
    const auto share = std::max(deadline_ - now, model::Milliseconds{0}) / static_cast<std::int64_t>(addresses_left);
    const auto error = co_await with_deadline(std::move(connecting), clock_, now + share);
    co_return error.value_or(asio::error::timed_out);
}

asio::awaitable<bool> StreamConversation::shake_hands(asio::ssl::stream<Socket&>& stream) {
    auto* const ssl = stream.native_handle();
    set_peer(ssl, request_.tls, request_.host);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
    response_.tls = facts_of(ssl, request_.tls.verify);
    pass_on_cancellation(error);
    response_.phases.tls = watch_.lap();
    if (!error) co_return true;
    const auto verdict = SSL_get_verify_result(ssl);
    if (request_.tls.verify && verdict != X509_V_OK) {
        fail(Reason::certificate_invalid, std::string("the certificate is not valid: ") + X509_verify_cert_error_string(verdict));
    } else if (is_end(error)) {
        fail(Reason::tls_failed, "the peer closed the connection during the TLS handshake");
    } else {
        fail(error == asio::error::connection_reset ? Reason::reset : Reason::tls_failed, "TLS handshake: " + error.message());
    }
    co_return false;
}

template <typename Stream> asio::awaitable<void> StreamConversation::talk(Stream& stream) {
    step_ = Step::answer;
    watch_.lap();
    if (!request_.send.empty()) {
        const auto [error, count] = co_await asio::async_write(stream, asio::buffer(request_.send), as_result);
        pass_on_cancellation(error);
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
        pass_on_cancellation(error);
        (received.empty() ? response_.phases.processing : response_.phases.transfer) += watch_.lap();
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

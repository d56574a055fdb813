#include "io/stream_opening.hpp"

#include "io/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <span>

namespace io {

namespace {

using boost::system::error_code;
using Reason = model::Reason;
using tcp = asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

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

std::string text_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

} // namespace

bool is_end(const error_code& error) { return error == asio::error::eof || error == asio::ssl::error::stream_truncated; }

Reason reason_of_stream(const error_code& error) {
    return error.category() == asio::error::get_ssl_category() ? Reason::tls_failed : Reason::reset;
}

void StreamOpening::fail(Reason reason, std::string error) {
    opened_.reason = reason;
    opened_.error = std::move(error);
}

bool StreamOpening::answered_badly() const { return opened_.reason == Reason::refused || opened_.reason == Reason::reset; }

bool StreamOpening::time_is_over(const std::string& host) {
    const auto within = " within " + std::to_string(timeout_.count()) + " ms";
    switch (step_) {
    case Step::resolve:
        opened_.phases.resolve = watch_.lap();
        fail(Reason::name_timeout, "the name " + host + " was not resolved" + within);
        return true;
    case Step::connect:
        opened_.phases.connect = watch_.lap();
        if (answered_badly()) return true;  // another of its addresses was there, and said no
        fail(Reason::connect_timeout, "no connection" + within + (opened_.error.empty() ? "" : "; " + opened_.error));
        return true;
    case Step::tls:
        opened_.phases.tls = watch_.lap();
        fail(Reason::response_timeout, "the TLS handshake did not end" + within);
        return true;
    case Step::open: return false;
    }
    return false;
}

asio::awaitable<bool> StreamOpening::connect(Resolver& resolver, std::string host, std::uint16_t port, AddressFamily family) {
    step_ = Step::resolve;
    error_code is_name;
    const auto numeric = asio::ip::make_address(host, is_name);
    std::vector<asio::ip::address> found;
    std::span<const asio::ip::address> addresses(&numeric, 1);
    if (is_name || !is_of(family, numeric)) {
        auto resolved = co_await resolver.resolve(host, family, timeout_);
        opened_.phases.resolve = resolved.took;
        if (resolved.reason != Reason::none) {
            fail(resolved.reason, std::move(resolved.error));
            co_return false;
        }
        socket_.check_time();
        for (const auto& address : resolved.addresses) found.push_back(asio::ip::make_address(address));
        addresses = found;
    }
    step_ = Step::connect;
    watch_.lap();
    for (std::size_t index = 0; index < addresses.size(); ++index) {
        const tcp::endpoint endpoint(addresses[index], port);
        const auto left = addresses.size() - index;
        const auto error = co_await (left == 1 ? socket_.connect(sockets_, endpoint) : connect_within_share(endpoint, left));
        opened_.phases.connect += watch_.lap();
        if (!error) {
            opened_.peer = !is_name && numeric.is_v4() ? host + ":" + std::to_string(port) : text_of(endpoint);
            fail(Reason::none, {});
            step_ = Step::open;
            co_return true;
        }
        socket_.close();
        if (!answered_badly()) fail(reason_of_connect(error), text_of(endpoint) + ": " + error.message());
    }
    co_return false;
}

asio::awaitable<error_code> StreamOpening::connect_within_share(tcp::endpoint endpoint, std::size_t addresses_left) {
    auto connecting = socket_.connect(sockets_, endpoint);
    const auto now = clock_.now().boot;
    const auto share = std::max(deadline_ - now, model::Milliseconds{0}) / static_cast<std::int64_t>(addresses_left);
    const auto error = co_await with_deadline(std::move(connecting), clock_, now + share);
    co_return error.value_or(asio::error::timed_out);
}

asio::ssl::context* StreamOpening::context_of(TlsContexts& contexts, const TlsOptions& options) {
    step_ = Step::tls;
    try {
        auto* const context = &contexts.get(options);
        watch_.lap();  // reading the roots is no part of the handshake
        return context;
    } catch (const boost::system::system_error& error) {
        fail(Reason::tls_failed, std::string("the files of the tls settings cannot be used: ") + error.what());
        return nullptr;
    }
}

asio::awaitable<bool> StreamOpening::shake_hands(TlsStream& stream, const TlsOptions& options, const std::string& host) {
    watch_.lap();
    auto* const ssl = stream.native_handle();
    set_peer(ssl, options, host);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
    opened_.tls = facts_of(ssl, options.verify);
    if (options.inspect) inspect(ssl, options, host, opened_.tls);
    socket_.check(error);
    opened_.phases.tls += watch_.lap();
    if (!error) {
        step_ = Step::open;
        co_return true;
    }
    const auto verdict = SSL_get_verify_result(ssl);
    if (options.verify && !options.inspect && verdict != X509_V_OK) {
        fail(Reason::certificate_invalid, std::string("the certificate is not valid: ") + X509_verify_cert_error_string(verdict));
    } else if (is_end(error)) {
        fail(Reason::tls_failed, "the peer closed the connection during the TLS handshake");
    } else {
        fail(error == asio::error::connection_reset ? Reason::reset : Reason::tls_failed, "TLS handshake: " + error.message());
    }
    co_return false;
}

} // namespace io

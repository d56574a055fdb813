#pragma once

#include "io/clock.hpp"
#include "io/resolver.hpp"
#include "io/stream_exchange.hpp"
#include "io/tls_contexts.hpp"

#include <boost/asio/any_io_executor.hpp>

namespace io {

/// TCP and TLS on Asio. One thread only.
class AsioStreamExchange final : public StreamExchange {
public:
    AsioStreamExchange(asio::any_io_executor executor, Clock& clock, Resolver& resolver)
        : executor_(std::move(executor)), clock_(clock), resolver_(resolver) {}

    asio::awaitable<StreamResponse> exchange(StreamRequest request) override;

private:
    asio::any_io_executor executor_;
    Clock& clock_;
    Resolver& resolver_;
    TlsContexts contexts_;
};

} // namespace io

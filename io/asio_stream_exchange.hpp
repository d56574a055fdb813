#pragma once

#include "io/clock.hpp"
#include "io/resolver.hpp"
#include "io/socket_watch.hpp"
#include "io/stream_exchange.hpp"
#include "io/tls_contexts.hpp"

#include <boost/asio/any_io_executor.hpp>

namespace io {

/// TCP and TLS on Asio. One thread only.
class AsioStreamExchange final : public StreamExchange {
public:
    AsioStreamExchange(const asio::any_io_executor& executor, Clock& clock, Resolver& resolver)
        : sockets_(executor), clock_(clock), resolver_(resolver) {}

    asio::awaitable<StreamResponse> exchange(StreamRequest request) override;

private:
    SocketWatch sockets_;
    Clock& clock_;
    Resolver& resolver_;
    TlsContexts contexts_;
};

} // namespace io

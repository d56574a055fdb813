#pragma once

#include "io/clock.hpp"
#include "io/datagram_exchange.hpp"
#include "io/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace io {

class EchoSocket;

/// UDP and ICMP on Asio. One thread only.
class AsioDatagramExchange final : public DatagramExchange {
public:
    AsioDatagramExchange(asio::any_io_executor executor, Clock& clock, Resolver& resolver);
    ~AsioDatagramExchange() override;

    asio::awaitable<DatagramResponse> exchange(DatagramRequest request) override;
    asio::awaitable<EchoResponse> echo(EchoRequest request) override;

private:
    /// The lane's socket of a family, opened when it is first needed; one that could not be opened is tried again.
    std::shared_ptr<EchoSocket> echo_socket(bool six);

    asio::any_io_executor executor_;
    Clock& clock_;
    Resolver& resolver_;
    std::shared_ptr<EchoSocket> four_;
    std::shared_ptr<EchoSocket> six_;
};

} // namespace io

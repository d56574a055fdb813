#pragma once

#include "io/datagram_exchange.hpp"

namespace fakes {

/// Datagrams into the void: whatever is asked, nothing answers, at once.
class SilentDatagram final : public io::DatagramExchange {
public:
    io::asio::awaitable<io::DatagramResponse> exchange(io::DatagramRequest) override {
        io::DatagramResponse response;
        response.reason = model::Reason::response_timeout;
        response.error = "no answer";
        co_return response;
    }
    io::asio::awaitable<io::EchoResponse> echo(io::EchoRequest request) override {
        io::EchoResponse response;
        response.reason = model::Reason::response_timeout;
        response.error = "no answer";
        response.round_trips.resize(request.count);
        co_return response;
    }
};

} // namespace fakes

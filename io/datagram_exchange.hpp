#pragma once

#include "io/http_client.hpp"
#include "model/observation.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace io {

/// One UDP question. It is sent again, evenly spaced over the time, while no answer comes.
struct DatagramRequest {
    std::string host;
    std::uint16_t port = 0;
    AddressFamily family = AddressFamily::any;
    std::string payload;
    std::function<bool(std::string_view received)> accept;  ///< which datagram is the answer; others are passed over
    std::uint32_t tries = 2;
    model::Milliseconds timeout{5'000};
};

struct DatagramResponse {
    model::Reason reason = model::Reason::none;  ///< none: an answer was accepted
    std::string received;                        ///< at most 64 KiB
    std::string peer;                            ///< address:port
    std::string error;                           ///< for people, when reason is not none
    model::Phases phases;                        ///< resolve, and processing: first question to answer
    model::Instant began;
    model::Instant ended;
};

/// Echo requests (ICMP, RFC 792 and RFC 4443) to one host, `spacing` apart.
struct EchoRequest {
    std::string host;
    AddressFamily family = AddressFamily::any;
    std::uint16_t count = 1;
    std::uint16_t payload = 56;             ///< bytes after the header, at least 16
    model::Milliseconds spacing{200};
    model::Milliseconds timeout{5'000};     ///< of everything
};

struct EchoResponse {
    /// none: at least one reply came. `no_route`: somebody said that the target cannot be reached.
    model::Reason reason = model::Reason::none;
    std::vector<std::optional<std::chrono::microseconds>> round_trips;  ///< one per packet sent, in order; nothing: lost
    std::string peer;                            ///< the target's address
    std::string error;
    std::chrono::microseconds resolve{0};
    model::Instant began;
    model::Instant ended;
};

/// Datagrams. Never throws for a sick peer. Cancelling the awaiting coroutine ends an exchange.
class DatagramExchange {
public:
    virtual ~DatagramExchange() = default;
    virtual asio::awaitable<DatagramResponse> exchange(DatagramRequest request) = 0;

    /// `probe_crashed`, with what to do about it, when this process may neither open a ping socket nor a raw one.
    virtual asio::awaitable<EchoResponse> echo(EchoRequest request) = 0;
};

} // namespace io

#pragma once

#include "io/http_client.hpp"
#include "io/tls_options.hpp"
#include "model/observation.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace io {

/// Whether what was read of a step so far is all of it.
using IsComplete = std::function<bool(std::string_view received)>;

/// One turn of a dialogue: read until it is complete (nothing without a test), then send, then begin TLS if asked.
struct StreamStep {
    IsComplete complete;
    std::string send;
    bool start_tls = false;
};

/// Connect by TCP, with TLS if asked; then the steps; then, if given, send and read until `expect` occurs in what was read.
struct StreamRequest {
    std::string host;
    std::uint16_t port = 0;
    bool use_tls = false;
    TlsOptions tls;
    AddressFamily family = AddressFamily::any;
    std::string send;
    std::string expect;              ///< plain substring; empty: nothing is read
    std::size_t read_limit = 4096;
    model::Milliseconds timeout{5'000};
    std::vector<StreamStep> steps;   ///< before `send`; each reads at most `read_limit`
    IsComplete complete;             ///< instead of `expect`
};

struct StreamResponse {
    model::Reason reason = model::Reason::none; ///< none: connected, and expected text seen
    std::string received;                       ///< of the last step that read anything; at most read_limit bytes
    std::string peer;
    std::string error;
    TlsFacts tls;
    model::Phases phases;
    model::Instant began;
    model::Instant ended;
};

/// Never throws for a sick peer. Cancelling the awaiting coroutine aborts the exchange.
class StreamExchange {
public:
    virtual ~StreamExchange() = default;
    virtual asio::awaitable<StreamResponse> exchange(StreamRequest request) = 0;
};

} // namespace io

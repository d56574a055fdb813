#pragma once

#include "io/clock.hpp"
#include "io/datagram_exchange.hpp"
#include "io/http_client.hpp"
#include "io/random.hpp"
#include "io/resolver.hpp"
#include "io/stream_exchange.hpp"
#include "model/observation.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>

namespace io {

/// Everything a probe may touch; each lane has its own.
struct ProbeEffects {
    Clock& clock;
    HttpClient& http;
    StreamExchange& stream;
    Resolver& resolver;
    DatagramExchange& datagram;
};

using ProbeWork = std::move_only_function<asio::awaitable<model::Observation>(ProbeEffects&)>;
using CheckWork = std::move_only_function<asio::awaitable<bool>(ProbeEffects&)>;

/// Where probes run. Real lanes are threads, each with its own io_context; work goes in by value, the result comes
/// back by value on the caller's executor. With zero lanes (tests, simulator) the work runs inline on the caller's.
class ProbeLanes {
public:
    virtual ~ProbeLanes() = default;

    [[nodiscard]] virtual std::uint32_t count() const = 0;  ///< at least 1, also when inline

    virtual asio::awaitable<model::Observation> observe(std::uint32_t lane, ProbeWork work) = 0;
    virtual asio::awaitable<bool> check(std::uint32_t lane, CheckWork work) = 0;
};

} // namespace io

#pragma once

#include "io/ares_resolver.hpp"
#include "io/asio_datagram_exchange.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "io/http_engines.hpp"
#include "probes/probe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

namespace fakes {

/// The effects of a lane, as the daemon has them, on one thread.
class RealProbeEffects {
public:
    ~RealProbeEffects() { clock_.clear(); }

    /// One attempt that may take `time`, to its end.
    model::Observation observe(const probes::Probe& probe, model::Milliseconds time = model::Milliseconds{20'000}) {
        model::Attempt attempt;
        attempt.due = clock_.now().boot;
        attempt.deadline = attempt.due + time;
        io::ProbeEffects effects{clock_, *http_, stream_, resolver_, datagram_};
        model::Observation result;
        std::exception_ptr failure;
        io::asio::co_spawn(context_, probe.observe(attempt, effects), [&](std::exception_ptr thrown, model::Observation observation) {
            failure = thrown;
            result = std::move(observation);
            context_.stop();
        });
        context_.restart();
        context_.run();
        if (failure) std::rethrow_exception(failure);
        return result;
    }

private:
    io::asio::io_context context_{1};
    io::BootClock clock_{context_.get_executor()};
    io::AresResolver resolver_{context_.get_executor(), clock_};
    io::AsioStreamExchange stream_{context_.get_executor(), clock_, resolver_};
    io::AsioDatagramExchange datagram_{context_.get_executor(), clock_, resolver_};
    std::unique_ptr<io::HttpClient> http_ = io::make_http_client(context_.get_executor(), clock_, resolver_);
};

} // namespace fakes

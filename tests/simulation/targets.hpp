#pragma once

#include "io/clock.hpp"
#include "io/datagram_exchange.hpp"
#include "io/http_client.hpp"
#include "io/stream_exchange.hpp"
#include "tests/simulation/world.hpp"

#include <functional>
#include <string>

namespace simulation {

namespace asio = boost::asio;

/// Hears of every probe at the moment it begins.
using ProbeWatcher = std::function<void(Target&)>;

/// What the probes look at: hosts `tN.example` are `World::targets[N]`, by whichever protocol; `tN-X.example` are more hosts of
/// the same fate, as the targets beyond a line are. The probes are the product's own.
class SimulatedTargets {
public:
    SimulatedTargets(World& world, io::Clock& clock, ProbeWatcher on_probe)
        : world_(world), clock_(clock), on_probe_(std::move(on_probe)) {}

    /// How a visit ends: the mode met when it began, and the reason it comes to; none where the protocol has to answer.
    struct Visit {
        TargetMode mode = TargetMode::ok;
        model::Reason reason = model::Reason::none;
        model::Instant began;
        model::Instant ended;
        [[nodiscard]] Milliseconds took() const { return ended.boot - began.boot; }
    };

    /// Takes as long as the target takes, at most `timeout`. Throws what a broken probe throws.
    asio::awaitable<Visit> visit(std::string host, Milliseconds timeout);

    [[nodiscard]] Dice& dice() const { return world_.dice; }

private:
    World& world_;
    io::Clock& clock_;
    ProbeWatcher on_probe_;
};

class TargetHttp final : public io::HttpClient {
public:
    explicit TargetHttp(SimulatedTargets& targets) : targets_(targets) {}
    asio::awaitable<io::HttpResponse> request(io::HttpRequest request) override;

private:
    SimulatedTargets& targets_;
};

/// A greeting on every port; answers to DNS questions by TCP on port 53.
class TargetStream final : public io::StreamExchange {
public:
    explicit TargetStream(SimulatedTargets& targets) : targets_(targets) {}
    asio::awaitable<io::StreamResponse> exchange(io::StreamRequest request) override;

private:
    SimulatedTargets& targets_;
};

/// Answers to DNS questions, now and then cut short, and echoes, now and then lost.
class TargetDatagram final : public io::DatagramExchange {
public:
    explicit TargetDatagram(SimulatedTargets& targets) : targets_(targets) {}
    asio::awaitable<io::DatagramResponse> exchange(io::DatagramRequest request) override;
    asio::awaitable<io::EchoResponse> echo(io::EchoRequest request) override;

private:
    SimulatedTargets& targets_;
};

} // namespace simulation

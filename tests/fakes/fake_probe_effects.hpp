#pragma once

#include "io/probe_lanes.hpp"
#include "probes/probe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <utility>
#include <vector>

namespace fakes {

/// Effects that answer what the test tells them, and take `takes` of a clock that stands still otherwise.
class ProbeEffectsScript {
public:
    struct ScriptClock final : io::Clock {
        model::Instant moment{.wall = model::WallTime{model::Milliseconds{1'000'000}}, .boot = model::Milliseconds{50'000}, .boot_id = 7};
        model::Instant now() override { return moment; }
        TimerId call_at(model::Milliseconds, std::move_only_function<void()>) override { return 1; }
        void cancel(TimerId) override {}
        void pass(model::Milliseconds time) {
            moment.wall += time;
            moment.boot += time;
        }
    };
    struct ScriptHttp final : io::HttpClient {
        explicit ScriptHttp(ProbeEffectsScript& owner) : script(owner) {}
        io::asio::awaitable<io::HttpResponse> request(io::HttpRequest request) override {
            requests.push_back(std::move(request));
            script.clock.pass(script.takes);
            co_return answer;
        }
        ProbeEffectsScript& script;
        io::HttpResponse answer;
        std::vector<io::HttpRequest> requests;
    };
    struct ScriptStream final : io::StreamExchange {
        explicit ScriptStream(ProbeEffectsScript& owner) : script(owner) {}
        io::asio::awaitable<io::StreamResponse> exchange(io::StreamRequest request) override {
            requests.push_back(std::move(request));
            script.clock.pass(script.takes);
            co_return answer;
        }
        ProbeEffectsScript& script;
        io::StreamResponse answer;
        std::vector<io::StreamRequest> requests;
    };
    struct ScriptDatagram final : io::DatagramExchange {
        explicit ScriptDatagram(ProbeEffectsScript& owner) : script(owner) {}
        io::asio::awaitable<io::DatagramResponse> exchange(io::DatagramRequest request) override {
            auto result = answer;
            if (reply) result.received = reply(request.payload);
            requests.push_back(std::move(request));
            script.clock.pass(script.takes);
            co_return result;
        }
        io::asio::awaitable<io::EchoResponse> echo(io::EchoRequest request) override {
            echo_requests.push_back(std::move(request));
            script.clock.pass(script.takes);
            co_return echo_answer;
        }
        ProbeEffectsScript& script;
        io::DatagramResponse answer;
        std::function<std::string(const std::string& payload)> reply;  ///< instead of answer.received
        io::EchoResponse echo_answer;
        std::vector<io::DatagramRequest> requests;
        std::vector<io::EchoRequest> echo_requests;
    };
    struct ScriptResolver final : io::Resolver {
        io::asio::awaitable<io::ResolveResult> resolve(std::string, io::AddressFamily, model::Milliseconds) override {
            co_return io::ResolveResult{};
        }
        std::vector<std::string> servers() const override { return {}; }
        io::asio::awaitable<bool> server_answers(std::string, model::Milliseconds) override { co_return false; }
    };

    /// One attempt that may take `time`, to its end.
    model::Observation observe(const probes::Probe& probe, model::Milliseconds time = model::Milliseconds{5'000}) {
        model::Attempt attempt;
        attempt.due = clock.moment.boot;
        attempt.deadline = clock.moment.boot + time;
        io::ProbeEffects effects{clock, http, stream, resolver, datagram};
        model::Observation result;
        io::asio::io_context context;
        io::asio::co_spawn(context, probe.observe(attempt, effects), [&](std::exception_ptr failure, model::Observation observation) {
            if (failure) std::rethrow_exception(failure);
            result = std::move(observation);
        });
        context.run();
        return result;
    }

    model::Milliseconds takes{0};
    ScriptClock clock;
    ScriptHttp http{*this};
    ScriptStream stream{*this};
    ScriptResolver resolver;
    ScriptDatagram datagram{*this};
};

} // namespace fakes

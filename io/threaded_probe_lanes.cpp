#include "io/threaded_probe_lanes.hpp"

#include "io/ares_resolver.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pthread.h>

#include <exception>
#include <string>
#include <thread>

namespace io {

/// One thread and everything on it. Members are made before the thread starts and destroyed after it ended.
class ThreadedProbeLanes::Lane {
public:
    Lane(std::uint32_t number, const HttpClientFactory& make_http)
        : clock(context.get_executor()), resolver(context.get_executor(), clock), stream(context.get_executor(), clock, resolver),
          http(make_http(context.get_executor(), clock, resolver)), effects{clock, *http, stream, resolver}, thread([this] { context.run(); }) {
        pthread_setname_np(thread.native_handle(), ("lane " + std::to_string(number)).c_str());
    }
    ~Lane() { stop(); }

    void stop() {
        context.stop();
        if (thread.joinable()) thread.join();
        clock.clear();
    }

    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    BootClock clock;
    AresResolver resolver;
    AsioStreamExchange stream;
    std::unique_ptr<HttpClient> http;
    ProbeEffects effects;
    std::thread thread;
};

namespace {

asio::awaitable<model::Observation> observe_on_lane(ProbeWork work, ProbeEffects& effects) {
    model::Observation crashed;
    crashed.started = effects.clock.now();
    try {
        co_return co_await work(effects);
    } catch (const std::exception& error) {
        crashed.detail = error.what();
    }
    crashed.completed = effects.clock.now();
    crashed.outcome = model::Outcome::silent;
    crashed.reason = model::Reason::probe_crashed;
    co_return crashed;
}

asio::awaitable<bool> check_on_lane(CheckWork work, ProbeEffects& effects) { co_return co_await work(effects); }

} // namespace

ThreadedProbeLanes::ThreadedProbeLanes(std::uint32_t count, const HttpClientFactory& make_http) {
    for (std::uint32_t number = 0; number < count; ++number) lanes_.push_back(std::make_unique<Lane>(number, make_http));
}

ThreadedProbeLanes::~ThreadedProbeLanes() { stop(); }

std::uint32_t ThreadedProbeLanes::count() const { return static_cast<std::uint32_t>(lanes_.size()); }

asio::awaitable<model::Observation> ThreadedProbeLanes::observe(std::uint32_t lane, ProbeWork work) {
    auto& target = *lanes_[lane];
    auto running = observe_on_lane(std::move(work), target.effects);
    co_return co_await asio::co_spawn(target.context.get_executor(), std::move(running), asio::use_awaitable);
}

asio::awaitable<bool> ThreadedProbeLanes::check(std::uint32_t lane, CheckWork work) {
    auto& target = *lanes_[lane];
    auto running = check_on_lane(std::move(work), target.effects);
    co_return co_await asio::co_spawn(target.context.get_executor(), std::move(running), asio::use_awaitable);
}

void ThreadedProbeLanes::stop() {
    for (auto& lane : lanes_) lane->stop();
}

} // namespace io

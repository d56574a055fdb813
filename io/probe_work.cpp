#include "io/probe_work.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>

namespace io {

namespace {

constexpr std::size_t longest_detail = 4'096;

model::Observation crashed(const model::Instant& started, const model::Instant& completed, std::string detail) {
    model::Observation observation;
    observation.outcome = model::Outcome::silent;
    observation.reason = model::Reason::probe_crashed;
    observation.started = started;
    observation.completed = completed;
    observation.duration = completed.boot - started.boot;
    observation.detail = std::move(detail);
    if (observation.detail.size() > longest_detail) observation.detail.resize(longest_detail);
    return observation;
}

} // namespace

model::Observation cut_off(const model::Instant& started, const model::Instant& completed) {
    auto observation = crashed(started, completed, "cut off: hinomi is stopping");
    observation.reason = model::Reason::shutting_down;
    return observation;
}

asio::awaitable<model::Observation> observe_safely(ProbeWork work, ProbeEffects& effects) {
    const auto started = effects.clock.now();
    try {
        co_return co_await work(effects);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) co_return cut_off(started, effects.clock.now());
        co_return crashed(started, effects.clock.now(), error.what());
    } catch (const std::exception& error) {
        co_return crashed(started, effects.clock.now(), error.what());
    } catch (...) {
        co_return crashed(started, effects.clock.now(), "an exception that is not a std::exception");
    }
}

asio::awaitable<bool> check_safely(CheckWork work, ProbeEffects& effects) {
    try {
        co_return co_await work(effects);
    } catch (...) {
        co_return false;
    }
}

} // namespace io

#pragma once

#include "io/probe_lanes.hpp"

namespace io {

/// Zero lanes: the work runs inline on the caller's executor. For tests and the simulator.
class InlineProbeLanes final : public ProbeLanes {
public:
    explicit InlineProbeLanes(ProbeEffects effects) : effects_(effects) {}

    [[nodiscard]] std::uint32_t count() const override { return 1; }

    asio::awaitable<model::Observation> observe(std::uint32_t, ProbeWork work) override { co_return co_await work(effects_); }
    asio::awaitable<bool> check(std::uint32_t, CheckWork work) override { co_return co_await work(effects_); }

private:
    ProbeEffects effects_;
};

} // namespace io

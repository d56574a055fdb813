#pragma once

#include "io/probe_work.hpp"

namespace io {

/// Zero lanes: the work runs inline on the caller's executor. For tests and the simulator.
class InlineProbeLanes final : public ProbeLanes {
public:
    /// What `effects` refers to outlives the lanes.
    explicit InlineProbeLanes(ProbeEffects effects) : effects_(effects) {}

    [[nodiscard]] std::uint32_t count() const override { return 1; }

    asio::awaitable<model::Observation> observe(std::uint32_t, ProbeWork work) override {
        return observe_safely(std::move(work), effects_);
    }
    asio::awaitable<bool> check(std::uint32_t, CheckWork work) override { return check_safely(std::move(work), effects_); }

private:
    ProbeEffects effects_;
};

} // namespace io

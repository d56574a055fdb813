#pragma once

#include "io/probe_lanes.hpp"

namespace io {

/// Runs the work and lets nothing escape: an exception becomes an Observation with reason `probe_crashed`, a
/// cancellation one with reason `shutting_down`.
asio::awaitable<model::Observation> observe_safely(ProbeWork work, ProbeEffects& effects);

/// Runs the work; an exception or a cancellation is "no".
asio::awaitable<bool> check_safely(CheckWork work, ProbeEffects& effects);

/// The observation of an attempt that was cut off, or never begun, because of our own stop. Not a sample.
model::Observation cut_off(const model::Instant& started, const model::Instant& completed);

} // namespace io

#pragma once

#include "incidents/judge.hpp"

namespace incidents {

/// Counts are enough: a percentile lies over the threshold when too few samples lie at or below it.
struct PerformanceWindow {
    model::Instant began;         ///< START of its first sample
    model::Instant last_good;     ///< completion of the last good sample before it
    std::uint32_t samples = 0;
    std::uint32_t slow = 0;       ///< over the threshold, or failed
    bool cross_checked = false;   ///< some sample was answered or cross-checked
};

/// What one sample says about its target, once the references have been heard.
enum class SampleKind : std::uint8_t { pass, bad, unknown };

/// A sample without an answer is not held against the target when nothing else answers either.
SampleKind kind_of(const model::Observation& observation);

/// False only for a silent sample that could not be held against any reference.
bool proven(const model::Observation& observation);

/// The first 200 bytes, cut between characters.
std::string clipped(const std::string& detail);

/// Judges one sample of a performance watch by windows (semantics 1.1). `state.unknown` has already been brought up to
/// date by `judge`, and the sample is not unknown. Returns the change, none while a window fills.
model::Change judge_window(WatchState& state, const model::Observation& observation, const model::JudgingRules& rules);

/// True while the window in the making is the second one, whose samples are taken at once.
bool in_second_window(const WatchState& state);

/// True when the sample is within the agreed threshold.
bool fast_enough(const model::Observation& observation, const model::JudgingRules& rules);

} // namespace incidents

#pragma once

#include "model/boxed.hpp"
#include "model/observation.hpp"
#include "model/verdict.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace incidents {

/// The samples of a performance window in the making (semantics 1.1, performance).
struct PerformanceWindow;

/// A run of failing samples: from its first one on, the clocks are running.
struct FailingRun {
    model::Instant first_bad;
    model::Instant detect;
    model::Reason reason = model::Reason::none;
    bool cross_checked = true;       ///< false: every sample so far was silent and no reference was usable
    model::Instant last_good;        ///< completion of the last pass before `first_bad`; zero when there was none
    std::string detail;              ///< of the first sample, for people; at most 200 bytes
};

/// What judging remembers of one watch between samples. Small: there may be 100,000 of them.
struct WatchState {
    model::Condition condition = model::Condition::pending;
    bool verified = false;           ///< has passed at least once since it was declared
    bool confirmed = false;          ///< bad, by m of the last n, and not yet recovered
    std::uint32_t recent = 0;        ///< the last n samples, newest in bit 0; 1 = bad, as long as it can still matter
    std::vector<FailingRun> failures;///< the bad samples of `recent`, oldest first; empty once confirmed
    std::uint32_t passes = 0;        ///< passes (performance: good windows) in a row while confirmed
    bool unknown = false;
    model::Instant last_good;
    model::Boxed<model::Instant> restore; ///< START of the first pass of the current row of passes, while there is one
    model::Boxed<FailingRun> run;    ///< open suspicion or confirmed failure
    std::shared_ptr<PerformanceWindow> window; ///< performance watches only; copied on write
};

struct Judgement {
    WatchState state;
    model::Verdict verdict;
};

/// Judges one observation (semantics 1.1). Pure.
/// Bad: failed, or silent unless every usable reference was silent too; that is unknown. A sample cut off by our own stop
/// changes nothing. An unknown sample neither confirms nor clears. With `unknown_began`, `first_bad` and `detect` of the
/// verdict are start and end of the first unknown sample. At most two changes are named: where a sample makes three
/// (seen again, passed for the first time, cleared), `advance` derives the one that is missing from the book.
Judgement judge(WatchState state, const model::Observation& observation, const model::JudgingRules& rules);

} // namespace incidents

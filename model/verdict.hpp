#pragma once

#include "model/observation.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <string>

namespace model {

/// The debounced state of a watch.
enum class Condition : std::uint8_t {
    pending,  ///< nothing known yet, or a performance window still filling
    up,
    degraded, ///< performance bad (only performance watches)
    down,     ///< confirmed bad (only liveness and fault watches)
    unknown,  ///< we could not look
};

/// What a sample changed about its watch; each but `none` is written as an event.
enum class Change : std::uint8_t {
    none,
    suspected,     ///< the first failing sample of a run: starts the clocks
    cleared,       ///< the run ended with a pass: a blip (瞬断), no incident
    confirmed,     ///< m of the last n: opens or joins an incident retroactively
    recovered,     ///< k passes in a row after `confirmed`
    verified,      ///< the first pass since the watch was declared
    unknown_began,
    unknown_ended,
};

/// When the watch should be probed next.
enum class Pace : std::uint8_t {
    regular, ///< at its own phase
    soon,    ///< `JudgingRules::retry_after` (or `window_retry`) after the end of this sample
};

/// The judgement of one observation. The instants are those of semantics 1.1.
struct Verdict {
    WatchIndex watch = 0;
    WatchClass watch_class = WatchClass::liveness;
    Condition condition = Condition::pending;
    Change change = Change::none;
    Change second = Change::none;   ///< a second change by the same sample, such as unknown_ended then cleared
    Pace pace = Pace::regular;
    Milliseconds pace_after{0};     ///< with `soon`: how long after the sample's completion
    Reason reason = Reason::none;   ///< of the failing run
    bool cross_checked = true;      ///< false: `down, not cross-checked`
    bool verified = true;           ///< false: the watch has never passed; its failures go to on-call only
    Instant last_good;              ///< completion of the last passing sample; zero when there was none
    Instant first_bad;              ///< START of the first failing sample of the run
    Instant detect;                 ///< COMPLETION of that same sample
    Instant decided;                ///< completion of the sample that made the change: confirm, recover_confirm
    Instant restore;                ///< with `recovered`: START of the first of the k passes
    std::string detail;             ///< for people, of the first failing sample
};

} // namespace model

#pragma once

#include "model/shared.hpp"
#include "model/time.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace model {

/// What a watch looks for: does it answer, does it work, is it fast enough (items III.1.1.1, III.1.1.2, III.1.1.3).
enum class WatchClass : std::uint8_t { liveness, fault, performance };

/// Position of a watch in the running configuration. Never persisted: events carry the watch's id.
using WatchIndex = std::uint32_t;

/// How samples become verdicts (semantics 1.1).
struct JudgingRules {
    std::uint32_t confirm_failures = 3;  ///< m of "m of the last n"
    std::uint32_t confirm_window = 3;    ///< n of "m of the last n"
    std::uint32_t recover_passes = 2;    ///< k passes in a row end an outage
    Milliseconds retry_after{10'000};    ///< from the end of a sample to the next one while confirming or recovering
    Milliseconds slower_than{0};         ///< performance only: the agreed threshold
    std::uint32_t percentile = 95;       ///< performance only: the percentile held against the threshold
    Milliseconds window{300'000};        ///< performance only: shortest window
    std::uint32_t window_samples = 10;   ///< performance only: fewest samples in a window
    Milliseconds window_retry{5'000};    ///< performance only: spacing of the second window's samples

    friend auto operator<=>(const JudgingRules&, const JudgingRules&) = default;
};

/// One asset's probe of one class. Its id is `asset/class`, or `asset/class/name` where there are several.
struct Watch {
    std::string id;
    WatchClass watch_class = WatchClass::liveness;
    Shared<std::string> probe_kind;      ///< name of the row in the probes' registry, chosen by the target's scheme
    std::string target;                  ///< as written; never holds a secret
    Shared<std::string> destination;     ///< what the limit per destination counts by: host:port, lower case
    Shared<std::vector<std::string>> services; ///< the asset's services
    Milliseconds interval{60'000};
    Milliseconds timeout{5'000};
    Milliseconds interval_limit{300'000};///< the profile's limit on completed probe starts (300 / 600 / 600 s)
    bool loopback = false;               ///< loopback and own addresses are never cross-checked
    bool line = false;                   ///< an external network (III.3.2.5): nobody's service, told to the manager
    Shared<JudgingRules> rules;
    Shared<std::string> was{};           ///< the id that this watch had before it was renamed; empty: none

    friend bool operator==(const Watch&, const Watch&) = default;
};

/// The asset that it watches; of a line, the line itself.
inline std::string_view asset_of(const Watch& watch) { return std::string_view(watch.id).substr(0, watch.id.find('/')); }

} // namespace model

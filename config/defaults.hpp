#pragma once

#include "model/time.hpp"
#include "model/watch.hpp"

#include <cstdint>

/// Every default of the configuration, and every limit that it may tighten but not loosen. [G]: said by the guideline's
/// checklist; [P]: our own choice. The duties' defaults are in model/tenant.hpp, the outbox's in the notifier.
namespace config {

using model::Milliseconds;

struct ClassDefaults {
    Milliseconds every;
    Milliseconds interval_limit;  ///< on completed probe starts
};

constexpr ClassDefaults defaults_of(model::WatchClass watch_class) {
    switch (watch_class) {
    case model::WatchClass::liveness:
        return {.every = Milliseconds{60'000}, .interval_limit = Milliseconds{300'000}};     // [P], [G] III.1.1.1 a
    case model::WatchClass::fault: return {.every = Milliseconds{60'000}, .interval_limit = Milliseconds{600'000}};  // [P], [G] III.1.1.2 a
    case model::WatchClass::performance:
        return {.every = Milliseconds{30'000}, .interval_limit = Milliseconds{600'000}};  // [P], [G] III.1.1.3 a
    }
    return {};
}

constexpr Milliseconds default_timeout{5'000};  // [P] semantics 1.1
constexpr Milliseconds lateness_allowance{1'000};  // [P] semantics 1.1: interval + 1 s <= limit
constexpr Milliseconds shortest_interval{100};  // [P] for tests; also of every wait below
constexpr Milliseconds shortest_timeout{50};  // [P]
constexpr Milliseconds longest_grouping{60'000};  // [P] semantics 1.3
constexpr std::uint32_t most_confirm_samples = 20;  // [P]
constexpr std::uint16_t smtp_port = 25;  // RFC 5321
constexpr std::uint16_t smtps_port = 465;  // RFC 8314

}  // namespace config

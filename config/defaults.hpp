#pragma once

#include "model/time.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <string_view>

/// Defaults of the configuration. [P]: our own choice. Limits of the guideline are in the profile; the duties' defaults are in
/// model/tenant.hpp, the outbox's in the notifier.
namespace config {

using model::Milliseconds;

/// The interval of a class when none is given; [P] semantics 1.1.
constexpr Milliseconds default_interval(model::WatchClass watch_class) {
    return watch_class == model::WatchClass::performance ? Milliseconds{30'000} : Milliseconds{60'000};
}

/// The checklist's item that limits the interval of a class.
constexpr std::string_view interval_item(model::WatchClass watch_class) {
    switch (watch_class) {
    case model::WatchClass::fault: return "III.1.1.2 a";
    case model::WatchClass::performance: return "III.1.1.3 a";
    case model::WatchClass::liveness: break;
    }
    return "III.1.1.1 a";
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

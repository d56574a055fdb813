#pragma once

#include "model/time.hpp"

#include <compare>
#include <cstdint>

namespace notifier {

/// Counts envelopes in the order in which they were composed; never reused within a process.
using EnvelopeNumber = std::uint64_t;

/// A place in a line of envelopes that wait to be sent: nearest deadline first, then oldest.
struct Place {
    model::Milliseconds limit = model::Milliseconds::max();  ///< boot time of the nearest deadline; max: none
    EnvelopeNumber envelope = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
    friend bool operator==(const Place&, const Place&) = default;
};

} // namespace notifier

#pragma once

#include "model/time.hpp"
#include "notifier/outbox_settings.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace notifier {

/// Where one envelope stands in its rounds (semantics 1.4: all relays tried = one round). A value; times are boot times.
struct Course {
    model::Milliseconds origin{0};      ///< the rounds count from here
    model::Milliseconds due{0};         ///< the next attempt, not before
    std::uint32_t round = 0;            ///< under way, or the next one
    std::uint32_t failed_rounds = 0;
    std::set<std::string> tried;        ///< relays of this round
};

/// An attempt that leaves the envelope unsettled.
struct FailedAttempt {
    std::string relay;
    model::Milliseconds ended{0};
    bool relay_fault = false;               ///< the next relay may be tried at once
    model::Milliseconds not_before{0};      ///< what the receiver asked for, already cut to what the duty allows
};

/// Start of round `number`, counted from the origin.
model::Milliseconds round_start(const OutboxSettings& settings, std::uint32_t number);

/// A course whose first round is due at once (as far as `rounds` begins with 0).
Course begin_course(const OutboxSettings& settings, model::Milliseconds now);

/// The course after a failed attempt: the next relay of this round, or the next round once every one of `relays` was
/// tried. A round that became due while this one ran is not doubled: it starts once, now. A webhook has no relays.
Course after_attempt(Course course, const FailedAttempt& attempt, const std::vector<std::string>& relays, const OutboxSettings& settings);

/// How long a receiver's Retry-After is honoured (semantics 1.4: only up to the remaining time): boot time before which
/// nothing is sent. `limit` is the boot time of the nearest deadline, or max. The attempt still fits before it.
model::Milliseconds honoured_until(model::Milliseconds asked, model::Milliseconds ended, model::Milliseconds limit,
                                   const OutboxSettings& settings);

} // namespace notifier

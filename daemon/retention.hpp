#pragma once

#include "ledger/stored_event.hpp"
#include "model/time.hpp"

#include <optional>

namespace hinomi {

/// How long records are kept (III.2.1.3 a, b); zero: for ever.
struct RetentionPeriods {
    model::Milliseconds usage{0};
    model::Milliseconds exceptions{0};
};

/// Says what may be erased. A wall clock that is wrong must not erase anything: it is trusted after an hour in which it did not step.
/// A value without a clock of its own; State thread only.
class Retention {
public:
    Retention(RetentionPeriods periods, const model::Instant& began);

    void set_periods(RetentionPeriods periods) { periods_ = periods; }

    /// The wall clock was stepped.
    void stepped(const model::Instant& now);

    /// What is over at `now`; nothing while the clock is not trusted, or where everything is kept.
    [[nodiscard]] std::optional<ledger::Erasure> over(const model::Instant& now) const;

private:
    RetentionPeriods periods_;
    model::Milliseconds trusted_from_;  // boot time
};

} // namespace hinomi

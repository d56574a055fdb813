#include "daemon/retention.hpp"

namespace hinomi {

namespace {

constexpr model::Milliseconds trusted_after{60 * 60'000};

/// From before which; the beginning of time where everything is kept.
model::WallTime before(model::Milliseconds kept, const model::Instant& now) {
    return kept > model::Milliseconds{0} ? now.wall - kept : model::WallTime{};
}

} // namespace

Retention::Retention(RetentionPeriods periods, const model::Instant& began)
    : periods_(periods), trusted_from_(began.boot + trusted_after) {}

void Retention::stepped(const model::Instant& now) { trusted_from_ = now.boot + trusted_after; }

std::optional<ledger::Erasure> Retention::over(const model::Instant& now) const {
    const ledger::Erasure erasure{.usage_before = before(periods_.usage, now), .exception_before = before(periods_.exceptions, now)};
    const bool keeps_all = erasure.usage_before == model::WallTime{} && erasure.exception_before == model::WallTime{};
    if (keeps_all || now.boot < trusted_from_) return std::nullopt;
    return erasure;
}

} // namespace hinomi

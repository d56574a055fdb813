#include "reports/availability.hpp"

#include <fmt/format.h>

namespace reports {

namespace {

constexpr std::int64_t whole = 10'000;  // hundredths of a percent

std::optional<double> ratio(model::Milliseconds part, model::Milliseconds of) {
    if (of.count() <= 0) return std::nullopt;
    return static_cast<double>(part.count()) / static_cast<double>(of.count());
}

/// Months have fewer than 2^32 ms: the product stays far within 64 bits.
std::string percent(model::Milliseconds part, model::Milliseconds of) {
    if (of.count() <= 0) return "-";
    const auto hundredths = part.count() * whole / of.count();
    return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

} // namespace

Availability measure(const AvailabilitySets& sets) {
    const auto planned = sets.hours.without(sets.maintenance);
    const auto down = planned.intersected(sets.down);
    const auto unknown = planned.intersected(sets.unknown).without(down);
    return {.planned = planned.length(),
            .down = down.length(),
            .unknown = unknown.length(),
            .maintenance = sets.hours.intersected(sets.maintenance).length()};
}

std::optional<double> worst(const Availability& figures) {
    return ratio(figures.planned - figures.down - figures.unknown, figures.planned);
}

std::optional<double> best(const Availability& figures) { return ratio(figures.planned - figures.down, figures.planned); }

std::optional<double> measured(const Availability& figures) {
    return ratio(figures.planned - figures.down - figures.unknown, figures.planned - figures.unknown);
}

std::optional<double> coverage(const Availability& figures) { return ratio(figures.planned - figures.unknown, figures.planned); }

Verdict judge(const Availability& figures, std::int64_t objective) {
    if (figures.planned.count() <= 0) return Verdict::undetermined;
    const auto needed = figures.planned.count() * objective;
    if ((figures.planned - figures.down - figures.unknown).count() * whole >= needed) return Verdict::passed;
    if ((figures.planned - figures.down).count() * whole < needed) return Verdict::failed;
    return Verdict::undetermined;
}

std::string worst_percent(const Availability& figures) {
    return percent(figures.planned - figures.down - figures.unknown, figures.planned);
}

std::string best_percent(const Availability& figures) { return percent(figures.planned - figures.down, figures.planned); }

std::string measured_percent(const Availability& figures) {
    return percent(figures.planned - figures.down - figures.unknown, figures.planned - figures.unknown);
}

} // namespace reports

#pragma once

#include "model/time.hpp"
#include "reports/intervals.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace reports {

/// The sets of semantics 2 within one window, as lengths: P, D, U, and M for showing.
struct Availability {
    model::Milliseconds planned{0};      ///< |P|: declared hours without valid maintenance
    model::Milliseconds down{0};         ///< |D|: outages within P
    model::Milliseconds unknown{0};      ///< |U|: within P, not seen by a valid sample, and not known to be down
    model::Milliseconds maintenance{0};  ///< |M|: valid maintenance within the declared hours

    friend bool operator==(const Availability&, const Availability&) = default;
};

/// The four sets that the figures are taken of. Unbounded ones are cut to `hours`.
struct AvailabilitySets {
    IntervalSet hours;        ///< H, bounded by the window and by now
    IntervalSet maintenance;  ///< M
    IntervalSet down;         ///< everything confirmed
    IntervalSet unknown;      ///< everything that nobody saw
};
Availability measure(const AvailabilitySets& sets);

/// The shares, 0 to 1; nothing where the denominator is 0: "no data" is never 100 %.
std::optional<double> worst(const Availability& figures);     ///< unknown counted as down
std::optional<double> best(const Availability& figures);      ///< unknown counted as up
std::optional<double> measured(const Availability& figures);  ///< unknown left out
std::optional<double> coverage(const Availability& figures);  ///< how much of P was seen

enum class Verdict : std::uint8_t { passed, failed, undetermined };

/// Against an objective in hundredths of a percent (9950: 99.5 %); exact, in integers. No planned time: undetermined.
Verdict judge(const Availability& figures, std::int64_t objective);

/// `99.49`: percent to two decimals, never rounded up; `-` without planned time.
std::string worst_percent(const Availability& figures);
std::string best_percent(const Availability& figures);
std::string measured_percent(const Availability& figures);

} // namespace reports

#pragma once

#include "model/directory.hpp"
#include "reports/intervals.hpp"

namespace reports {

/// H of semantics 2 within `window`: the declared hours in the service's zone, holidays left out; always, where none are
/// declared. Local times that a change of the clock skips are cut off, and those that come twice count twice.
IntervalSet service_hours(const model::Service& service, const Interval& window);

} // namespace reports

#pragma once

#include "daemon/watch_figures.hpp"
#include "web/exchange.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace hinomi {

/// Services under maintenance at the moment: a watch of which all are is in state `maintenance`.
using UnderMaintenance = std::function<bool(std::size_t watch)>;

/// The series per watch, family by family, in pieces. Throws when the watches change in between: half of an answer about
/// others would be wrong, and the next scrape is right. The figures outlive it.
std::unique_ptr<web::BodySource> watch_series(const WatchFigures& figures, UnderMaintenance under_maintenance);

} // namespace hinomi

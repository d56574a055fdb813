#pragma once

#include "daemon/watch_figures.hpp"
#include "web/exchange.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>

namespace hinomi {

/// Indices of the watches all of whose services are under maintenance: they are in state `maintenance`.
using UnderMaintenance = std::set<std::size_t>;

/// The series per watch, family by family, in pieces; of the watches of this moment, also when a reload brings others in
/// between. State thread only.
std::unique_ptr<web::BodySource> watch_series(const WatchFigures& figures, UnderMaintenance under_maintenance);

} // namespace hinomi

#pragma once

#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <string>

namespace simulation {

/// Somebody edits the configuration: a watch gets another interval or name, leaves or comes back; a tenant does, or gets another contact;
/// a relay does. Yields what.
std::string change_configuration(World& world, Topology& topology);

} // namespace simulation

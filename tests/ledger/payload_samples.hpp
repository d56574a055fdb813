#pragma once

#include "model/event.hpp"

#include <vector>

namespace samples {

/// One event of every kind, with no field left at its default.
std::vector<model::Event> one_of_each();

} // namespace samples

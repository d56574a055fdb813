#pragma once

#include "incidents/book.hpp"

#include <string>

namespace incidents {

/// The next free incident id of the date: INC-20261123-01. Two digits at least.
model::IncidentId next_number(const Book& book, const std::string& date);

} // namespace incidents

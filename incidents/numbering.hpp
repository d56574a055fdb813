#pragma once

#include "incidents/book.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace incidents {

/// The next free incident id of the date: INC-20261123-01. Two digits at least. Also where the wall clock has jumped
/// between dates, no id of an incident in memory is given twice.
model::IncidentId next_number(const Book& book, const std::string& date);

/// Date and number of an incident id; nothing for a text of another form.
std::optional<std::pair<std::string, std::uint32_t>> parse_number(const model::IncidentId& id);

} // namespace incidents

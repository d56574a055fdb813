#pragma once

#include "incidents/advance.hpp"

#include <optional>
#include <vector>

namespace incidents {

/// What the end of maintenance windows demands at `moment`: a service that is still down now owes its customers a first
/// alert, counted from the end of the window (semantics 1.3). Pure.
std::vector<model::Payload> end_maintenances(const Book& book, const model::Directory& directory, const Moment& moment);

/// When `end_maintenances` next has something to say, by the present wall clock; nothing: never, as things stand.
std::optional<model::WallTime> next_maintenance_end(const Book& book);

} // namespace incidents

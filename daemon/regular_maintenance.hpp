#pragma once

#include "incidents/book.hpp"
#include "incidents/commands.hpp"
#include "model/directory.hpp"
#include "model/service_calendar.hpp"

#include <vector>

namespace hinomi {

struct Occurrence {
    model::WallTime start{};
    model::WallTime end{};

    friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// The occurrences of the window that start within [from, until), in order, by the zone data of this machine. A local
/// start that a change of clocks leaves out happens at the change; one that comes twice happens the first time.
std::vector<Occurrence> occurrences(const model::RecurringWindow& window, model::WallTime from, model::WallTime until);

/// What the services' regular maintenance demands now: windows are declared a day before their announcement is due, and
/// those that left the configuration before their start are cancelled. Empty: nothing.
std::vector<model::Payload> regular_maintenance(const incidents::Book& book, const model::Directory& directory,
                                                const incidents::Moment& moment);

} // namespace hinomi

#include "incidents/maintenance.hpp"

#include "incidents/newcomers.hpp"
#include "incidents/scope.hpp"

#include <algorithm>
#include <iterator>

namespace incidents {

namespace {

/// The wall time as an instant of the present boot.
model::Instant instant_of(model::WallTime wall, const model::Instant& now) {
    return {.wall = wall, .boot = now.boot - (now.wall - wall), .boot_id = now.boot_id};
}

} // namespace

std::vector<model::Payload> end_maintenances(const Book& book, const model::Directory& directory, const Moment& moment) {
    std::vector<model::Payload> events;
    std::map<model::IncidentId, model::WallTime> concerned;  // the latest end that hid it
    for (const auto& [id, facts] : book.maintenances) {
        if (facts.ended || facts.maintenance.end > moment.now.wall) continue;
        events.push_back(model::MaintenanceEnded{.id = id});
        for (const auto& [number, incident] : book.incidents) {
            if (!incident.open() || incident.kind != model::IncidentKind::customer) continue;
            if (!intersect(incident.services, facts.maintenance.services)) continue;
            auto& end = concerned[number];
            end = std::max(end, facts.maintenance.end);
        }
    }
    for (const auto& [number, end] : concerned) {
        const auto& incident = book.incidents.find(number)->second;
        const auto affected = tenants_of(directory, incident.services);
        const auto tenants =
            without(not_hidden(book, directory, affected, incident.services, incident.first_bad.wall, moment.now.wall), incident.tenants);
        // What came up only after the window's end was never hidden: its own events told its tenants.
        const auto detect = std::max(end, incident.detect.wall);
        const auto base = instant_of(std::min(detect, moment.now.wall), moment.now);
        auto told = concern(book, directory, moment, number, tenants, base);
        events.insert(events.end(), std::move_iterator(told.begin()), std::move_iterator(told.end()));
    }
    return events;
}

std::optional<model::WallTime> next_maintenance_end(const Book& book) {
    std::optional<model::WallTime> next;
    for (const auto& [id, facts] : book.maintenances) {
        if (!facts.ended && (!next || facts.maintenance.end < *next)) next = facts.maintenance.end;
    }
    return next;
}

} // namespace incidents

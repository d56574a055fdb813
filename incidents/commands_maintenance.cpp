#include "incidents/commands.hpp"
#include "incidents/duties.hpp"
#include "incidents/scope.hpp"

#include <algorithm>

namespace incidents {

namespace {

constexpr model::Milliseconds longest_window{7 * 24 * 3'600'000};

std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

/// A window that stands and says the same: given twice by mistake, its customers would get two announcements.
const model::Maintenance* declared_already(const Book& book, const model::Maintenance& window) {
    for (const auto& [id, facts] : book.maintenances) {
        const auto& other = facts.maintenance;
        const bool same = other.services == window.services && other.tenants == window.tenants && other.start == window.start &&
                          other.end == window.end && other.title == window.title;
        if (same && !facts.cancelled && !facts.ended && !facts.only_its_number) return &other;
    }
    return nullptr;
}

} // namespace

Decision declare_maintenance(const Book& book, const model::Directory& directory, const Moment& moment, MaintenanceRequest request) {
    model::Maintenance window;
    window.services = sorted(std::move(request.services));
    if (window.services.empty()) return no("name at least one service");
    for (const auto& service : window.services) {
        if (!directory.services.contains(service)) return no("there is no service " + service + "; see `services` of the configuration");
    }
    if (request.start < moment.now.wall) return no("maintenance cannot be declared after its start; give a start in the future");
    if (request.end <= request.start) return no("the end must come after the start");
    if (request.end - request.start > longest_window) return no("a window of more than 7 days is not maintenance; declare several");
    const auto users = tenants_of(directory, window.services);
    window.tenants = request.tenants.empty() ? users : sorted(std::move(request.tenants));
    for (const auto& tenant : window.tenants) {
        if (!std::ranges::binary_search(users, tenant)) return no("tenant " + tenant + " uses none of these services");
    }
    window.id = book.maintenance_numbers.next(moment.date);
    window.title = std::move(request.title);
    window.start = request.start;
    window.end = request.end;
    window.declared = moment.now;
    window.regular = request.regular;
    window.lead = request.lead.value_or(directory.rules.maintenance_lead);
    window.in_time = request.start - moment.now.wall >= window.lead;
    if (const auto* same = declared_already(book, window))
        return no(same->id + " declares this already; cancel that one first if it is to be announced anew");
    std::vector<model::Payload> events{model::MaintenanceDeclared{window}};
    Arming arming(book, directory, moment);
    for (const auto& tenant : window.tenants) arming.announcement(window, tenant);
    if (auto event = std::move(arming).event()) events.push_back(std::move(*event));
    return events;
}

Decision cancel_maintenance(const Book& book, const model::Directory& directory, const Moment& moment, const std::string& id,
                            const std::string& reason) {
    const auto found = book.maintenances.find(id);
    if (found == book.maintenances.end()) return no("there is no maintenance " + id + "; see `hinomi maintenance list`");
    const auto& facts = found->second;
    if (facts.cancelled) return no(id + " is cancelled already");
    if (facts.ended || facts.maintenance.end <= moment.now.wall) return no(id + " is over");
    std::vector<model::Payload> events{model::MaintenanceCancelled{.id = id, .reason = reason, .at = moment.now}};
    Arming arming(book, directory, moment);
    for (const auto& [name, duty] : duties_below(book.duties, id + "/")) {
        if (unmet(duty)) events.push_back(model::DutyVoided{.duty = name, .reason = "cancelled"});
        else if (duty.state != model::DutyState::voided) arming.correction(id, duty.recipient.name);
    }
    if (auto event = std::move(arming).event()) events.push_back(std::move(*event));
    return events;
}

} // namespace incidents

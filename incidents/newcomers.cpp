#include "incidents/newcomers.hpp"

#include "incidents/duties.hpp"
#include "incidents/scope.hpp"

#include <iterator>

namespace incidents {

std::vector<model::Payload> concern(const Book& book, const model::Directory& directory, const Moment& moment,
                                    const model::IncidentId& incident, const std::vector<std::string>& tenants,
                                    const model::Instant& base) {
    std::vector<model::Payload> events;
    if (tenants.empty()) return events;
    events.push_back(model::Uncovered{.incident = incident, .detect = base, .tenants = tenants});
    Arming arming(book, directory, moment);
    arming.alerts(incident, tenants, base, base);
    if (auto event = std::move(arming).event()) events.push_back(std::move(*event));
    return events;
}

std::vector<model::Payload> welcome(const Book& book, const model::Directory& directory, const Moment& moment) {
    std::vector<model::Payload> events;
    for (const auto& [number, incident] : book.incidents) {
        if (!incident.open() || incident.kind != model::IncidentKind::customer) continue;
        auto users = tenants_of(directory, incident.services);
        users = not_hidden(book, directory, std::move(users), incident.services, incident.first_bad.wall, moment.now.wall);
        auto more = concern(book, directory, moment, number, without(users, incident.tenants), moment.now);
        events.insert(events.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
    }
    return events;
}

} // namespace incidents

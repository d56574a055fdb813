#include "incidents/commands.hpp"
#include "incidents/duties.hpp"
#include "incidents/scope.hpp"

namespace incidents {

namespace {

constexpr const char* of_the_rehearsal = "owed in the rehearsal, which is over";

/// What is owed to customers about the subject was owed in the rehearsal only.
void void_tenants_duties(const Book& book, const std::string& subject, std::vector<model::Payload>& events) {
    for (const auto& [id, duty] : duties_below(book.duties, subject + "/")) {
        if (duty.recipient.kind == model::RecipientKind::tenant && unmet(duty))
            events.push_back(model::DutyVoided{.duty = id, .reason = of_the_rehearsal});
    }
}

} // namespace

Decision go_live(const Book& book, const model::Directory& directory, const Moment& moment) {
    if (book.went_live) return std::unexpected("the rehearsal is over already: customers are told");
    std::vector<model::Payload> events{model::WentLive{}};
    // An event for each subject: one of several would keep what is forgotten of the first alive with the last.
    const auto arm = [&](Arming arming) {
        if (auto event = std::move(arming).event()) events.push_back(std::move(*event));
    };
    for (const auto& [id, incident] : book.incidents) {
        if (incident.kind != model::IncidentKind::customer) continue;
        void_tenants_duties(book, id, events);
        if (!incident.open()) continue;
        auto users = tenants_of(directory, incident.services);
        users = not_hidden(book, directory, std::move(users), incident.services, incident.first_bad.wall, moment.now.wall);
        auto tenants = united(incident.tenants, users);
        if (tenants.empty()) continue;
        Arming arming(book, directory, moment);
        for (const auto& tenant : tenants) arming.afresh(id, tenant);
        events.push_back(model::Uncovered{.incident = id, .detect = moment.now, .tenants = std::move(tenants)});
        arm(std::move(arming));
    }
    for (const auto& [id, facts] : book.maintenances) {
        if (facts.only_its_number) continue;
        void_tenants_duties(book, id, events);
        if (facts.cancelled || facts.ended || facts.maintenance.start <= moment.now.wall) continue;
        auto window = facts.maintenance;
        window.declared = moment.now;
        window.in_time = window.start - moment.now.wall >= window.lead;
        Arming arming(book, directory, moment);
        for (const auto& tenant : window.tenants) arming.announcement(window, tenant);
        events.push_back(model::MaintenanceDeclared{std::move(window)});
        arm(std::move(arming));
    }
    return events;
}

} // namespace incidents

#include "incidents/commands.hpp"

#include "incidents/duties.hpp"
#include "incidents/scope.hpp"

#include <algorithm>

namespace incidents {

using model::Incident;
using model::IncidentKind;

namespace {

std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

std::expected<const Incident*, std::string> find(const Book& book, const model::IncidentId& id) {
    const auto found = book.incidents.find(id);
    if (found != book.incidents.end() && !book.only_its_number(found->second)) return &found->second;
    return no("there is no incident " + id + " that is open or recently closed; see `hinomi incident list`");
}

std::expected<const Incident*, std::string> find_open(const Book& book, const model::IncidentId& id) {
    auto found = find(book, id);
    if (found && !(*found)->open()) return no(id + " is closed already; see `hinomi incident show " + id + "`");
    return found;
}

void add(std::vector<model::Payload>& events, Arming arming) {
    if (auto event = std::move(arming).event()) events.push_back(std::move(*event));
}

/// Tenants that some notice about the subject has reached.
std::vector<std::string> told(const Book& book, const std::string& subject) {
    std::set<std::string> tenants;
    for (const auto& [id, notice] : book.notices) {
        if (notice.recipient.kind != model::RecipientKind::tenant || notice.rehearsed ||
            std::ranges::find(notice.subjects, subject) == notice.subjects.end())
            continue;
        const auto reached = [](const auto& envelope) { return envelope.second == EnvelopeState::accepted; };
        if (std::ranges::any_of(notice.envelopes, reached)) tenants.insert(notice.recipient.name);
    }
    return {tenants.begin(), tenants.end()};
}

void void_open_duties(const Book& book, const std::string& subject, const std::string& reason, std::vector<model::Payload>& events) {
    for (const auto& [id, duty] : duties_below(book.duties, subject + "/")) {
        if (unmet(duty)) events.push_back(model::DutyVoided{.duty = id, .reason = reason});
    }
}

/// What a person holds who held `held` already: as bad as the worse of the two, for the services of both.
model::Member taken_over(const model::Member& held, const model::Member& leaving) {
    auto both = leaving.severity > held.severity ? leaving : held;
    // slowness is no outage: it does not make the one that follows begin earlier
    if (held.severity != model::Severity::performance && held.first_bad.wall < both.first_bad.wall) {
        both.first_bad = held.first_bad;
        both.detect = held.detect;
    }
    both.services =
        held.services.empty() || leaving.services.empty() ? std::vector<std::string>{} : united(held.services, leaving.services);
    return both;
}

/// The parts of an incident that every one opened by a person has.
Incident made_by_hand(const Book& book, const Moment& moment, std::vector<std::string> services, const model::Member& member) {
    Incident incident;
    incident.id = book.incident_numbers.next(moment.date);
    incident.severity = incident.worst = member.severity;
    incident.services = std::move(services);
    incident.members.emplace(model::by_hand, member);
    incident.reason = member.reason;
    incident.first_watch = model::by_hand;
    incident.clock_doubtful = moment.clock_doubtful;
    incident.first_bad = member.first_bad;
    incident.detect = incident.discover = member.detect;
    incident.confirm = moment.now;
    return incident;
}

} // namespace

Decision open_by_hand(const Book& book, const model::Directory& directory, const Moment& moment, HandOpened request) {
    auto services = sorted(std::move(request.services));
    if (services.empty()) return no("name at least one service");
    for (const auto& service : services) {
        if (!directory.services.contains(service)) return no("there is no service " + service + "; see `services` of the configuration");
        const auto others = book.of_service.find(service);
        if (others == book.of_service.end()) continue;
        for (const auto& id : others->second) {
            if (book.incidents.find(id)->second.open())
                return no(id + " is open for " + service + "; add what you know with `hinomi incident note " + id + "`");
        }
    }
    if (request.discover.wall > moment.now.wall) return no("the discovery lies in the future");
    const model::Member member{.severity = request.severity,
                               .reason = model::Reason::none,
                               .first_bad = request.discover,
                               .detect = request.discover,
                               .detail = request.symptom,
                               .services = {}};
    auto incident = made_by_hand(book, moment, std::move(services), member);
    incident.tenants = tenants_of(directory, incident.services);
    if (!request.symptom.empty()) incident.notes["symptom"] = request.symptom;
    std::vector<model::Payload> events{model::Opened{incident}};
    Arming arming(book, directory, moment);
    arming.alerts(incident.id, incident.tenants, incident.detect, incident.discover);
    add(events, std::move(arming));
    return events;
}

Decision acknowledge(const Book& book, const model::IncidentId& id) {
    const auto incident = find_open(book, id);
    if (!incident) return no(incident.error());
    if ((*incident)->acknowledged) return no(id + " is acknowledged already");
    return std::vector<model::Payload>{model::Acknowledged{.incident = id}};
}

Decision note(const Book& book, const model::IncidentId& id, const std::map<std::string, std::string>& fields, bool release) {
    const auto incident = find(book, id);
    if (!incident) return no(incident.error());
    if (fields.empty() && !release) return no("say at least one of symptom, scope, cause, measures, workaround, forecast, remark");
    for (const auto& [field, text] : fields) {
        if (std::ranges::find(note_fields, field) == note_fields.end())
            return no("a note has no field '" + field + "': symptom, scope, cause, measures, workaround, forecast, remark");
        if (text.empty()) return no(field + " must not be empty; what is not known yet is \"under investigation\"");
    }
    return std::vector<model::Payload>{model::Noted{.incident = id, .fields = fields, .release = release}};
}

bool report_to_come(const Book& book, const model::IncidentId& id) {
    const auto incident = book.incidents.find(id);
    if (incident != book.incidents.end() && incident->second.open()) return true;
    return std::ranges::any_of(duties_below(book.duties, id + "/"), [](const auto& entry) {
        const auto& duty = entry.second;
        return duty.recipient.kind == model::RecipientKind::tenant && !duty.composed && unmet(duty);
    });
}

Decision resolve(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                 const std::optional<model::Instant>& restore) {
    const auto found = find_open(book, id);
    if (!found) return no(found.error());
    const auto& incident = **found;
    if (!incident.members.contains(model::by_hand)) {
        return no(id + " was opened by " + incident.first_watch + ", which still fails, and closes by itself when that passes again; if " +
                  "the watch is wrong use `hinomi incident void`");
    }
    if (restore && restore->wall > moment.now.wall) return no("the recovery lies in the future");
    if (restore && restore->wall < incident.first_bad.wall) return no("the recovery lies before the beginning");
    if (incident.members.size() > 1) {
        auto worst = model::Severity::performance;
        for (const auto& [watch, member] : incident.members) {
            if (watch != model::by_hand) worst = std::max(worst, member.severity);
        }
        return std::vector<model::Payload>{model::Eased{.incident = id, .watch = model::by_hand, .severity = worst}};
    }
    std::vector<model::Payload> events{model::Restored{
        .incident = id, .restore = restore.value_or(moment.now), .recover_confirm = moment.now, .tenants = incident.tenants}};
    Arming arming(book, directory, moment);
    for (const auto& tenant : incident.tenants) arming.recovery(id, tenant, moment.now);
    add(events, std::move(arming));
    return events;
}

Decision void_incident(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                       const std::string& reason) {
    const auto found = find(book, id);
    if (!found) return no(found.error());
    if (!(*found)->void_reason.empty()) return no(id + " is void already");
    if (reason.empty()) return no("say with --reason what shows that it was opened in error");
    std::vector<model::Payload> events{model::Voided{.incident = id, .reason = reason, .at = moment.now}};
    void_open_duties(book, id, reason, events);
    Arming arming(book, directory, moment);
    for (const auto& tenant : told(book, id)) arming.correction(id, tenant);
    add(events, std::move(arming));
    return events;
}

Decision confirm(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                 const std::map<std::string, std::vector<std::string>>& services_of_watch) {
    const auto found = find_open(book, id);
    if (!found) return no(found.error());
    const auto& unverified = **found;
    if (unverified.kind != IncidentKind::unverified) return no(id + " is not about a watch that has never passed");
    std::vector<model::Payload> events;
    std::vector<std::string> services;
    for (const auto& [watch, member] : unverified.members) {
        events.push_back(model::Verified{.watch = watch, .at = moment.now, .by_person = true});
        const auto of_watch = services_of_watch.find(watch);
        if (of_watch != services_of_watch.end()) services = united(services, sorted(of_watch->second));
    }
    // it goes on as an incident of its customers, whose clocks start with this decision
    auto incident = unverified;
    incident.id = book.incident_numbers.next(moment.date);
    incident.kind = IncidentKind::customer;
    incident.services = services.empty() ? unverified.services : services;
    incident.tenants =
        not_hidden(book, directory, tenants_of(directory, incident.services), incident.services, moment.now.wall, moment.now.wall);
    incident.linked_to = id;
    incident.reports = 0;
    incident.paged = 0;  // it has become worse than what on-call knows, or has taken on
    incident.acknowledged = false;
    incident.history.clear();
    incident.detect = incident.discover = moment.now;
    incident.confirm = moment.now;
    events.push_back(model::Voided{.incident = id, .reason = "goes on as " + incident.id, .at = moment.now});
    void_open_duties(book, id, "goes on as " + incident.id, events);
    events.push_back(model::Opened{incident});
    Arming arming(book, directory, moment);
    arming.alerts(incident.id, incident.tenants, incident.detect, incident.discover);
    add(events, std::move(arming));
    return events;
}

Decision hand_over(const Book& book, const std::string& watch, const Moment& moment) {
    std::vector<model::Payload> events;
    if (const auto facts = book.watches.find(watch); facts != book.watches.end()) {
        if (facts->second.unknown) events.push_back(model::UnknownEnded{.watch = watch, .at = moment.now});
    }
    for (const auto& id : book.member_of(watch)) {
        const auto& incident = book.incidents.find(id)->second;
        const auto& leaving = incident.members.at(watch);
        const bool theirs = incident.kind == IncidentKind::customer;
        const auto held = incident.members.find(model::by_hand);
        auto member = held == incident.members.end() ? leaving : taken_over(held->second, leaving);
        if (theirs &&
            (held == incident.members.end() || member.severity != held->second.severity || member.services != held->second.services)) {
            member.detail = watch + " left the configuration: " + leaving.detail;
            events.push_back(model::Joined{.incident = id, .watch = model::by_hand, .member = member, .services = {}, .tenants = {}});
        }
        if (theirs || incident.members.size() > 1)
            events.push_back(model::Eased{.incident = id, .watch = watch, .severity = incident.severity});
        else events.push_back(model::Voided{.incident = id, .reason = watch + " left the configuration", .at = moment.now});
    }
    // last, when nothing of what it has ended speaks of it any more: should it come back, it is judged anew
    if (const auto facts = book.watches.find(watch); facts != book.watches.end() && facts->second.run)
        events.push_back(model::Cleared{.watch = watch, .first_bad = facts->second.run->first_bad, .cleared = moment.now});
    return events;
}

Decision bounce(const Book& book, const std::string& message_id, const std::string& diagnostic, const Moment& moment) {
    const auto envelope = book.envelope_of_message(message_id);
    if (!envelope) return no("no message <" + message_id + "> is remembered: it is not ours, or its incident was closed long ago");
    return std::vector<model::Payload>{model::Bounced{.envelope = *envelope, .diagnostic = diagnostic, .at = moment.now}};
}

} // namespace incidents

#include "tests/incidents/desk.hpp"

#include "incidents/duties.hpp"

#include <algorithm>
#include <sstream>

namespace incidents {

namespace {

model::Contact contact(const std::string& id) {
    model::Contact made;
    made.id = id;
    made.address = id + "@example.jp";
    return made;
}

void put(std::ostream& out, const Instant& instant) {
    out << instant.wall.time_since_epoch().count() << '/' << instant.boot.count() << '/' << instant.boot_id << ' ';
}

void put(std::ostream& out, const model::Deadline& deadline) {
    put(out, deadline.base);
    put(out, deadline.anchor);
    out << deadline.limit.count() << ' ' << deadline.elapsed_at_anchor.count() << ' ' << deadline.estimated << ' ';
}

void put(std::ostream& out, const std::vector<std::string>& names) {
    for (const auto& name : names) out << name << ',';
    out << ' ';
}

void put(std::ostream& out, const Book& book, const model::Incident& incident) {
    out << incident.id << ' ' << static_cast<int>(incident.kind) << static_cast<int>(incident.severity) << static_cast<int>(incident.worst)
        << ' ';
    put(out, incident.services);
    put(out, incident.tenants);
    for (const auto& [watch, member] : incident.members) {
        out << watch << ':' << static_cast<int>(member.severity) << ' ';
        put(out, member.detect);
    }
    put(out, incident.detect);
    put(out, incident.restore);
    put(out, incident.recover_confirm);
    out << incident.relapses << ' ' << incident.occurrence << ' ' << incident.linked_to << ' ' << incident.acknowledged
        << incident.void_reason << ' ';
    for (const auto& [field, note] : incident.notes) out << field << '=' << note << ' ';
    const auto first = book.duties.lower_bound(incident.id + "/");
    if (first != book.duties.end() && first->second.subject == incident.id) out << incident.reports;
    out << '\n';
}

void put(std::ostream& out, const model::Duty& duty) {
    out << duty.id << ' ' << static_cast<int>(duty.state) << duty.composed << duty.bounced << duty.breached << duty.settled << ' '
        << duty.risk_percent << ' ' << duty.elapsed.count() << ' ' << duty.release_after.count() << ' ';
    put(out, duty.deadline);
    put(out, duty.accepted);
    put(out, duty.contacts);
    out << '\n';
}

void put(std::ostream& out, const std::string& id, const WatchFacts& facts) {
    out << id << ' ' << facts.verified << facts.confirmed << static_cast<int>(facts.watch_class) << (facts.unknown && facts.unknown->told)
        << ' ';
    put(out, facts.last_good);
    if (facts.run) {
        put(out, facts.run->first_bad);
        put(out, facts.run->detect);
        out << static_cast<int>(facts.run->reason) << facts.run->cross_checked << facts.run->detail << ' ';
        put(out, facts.run->clock);
    }
    if (facts.unknown) {
        put(out, facts.unknown->since);
        put(out, facts.unknown->clock);
    }
    out << '\n';
}

struct Named {
    std::string operator()(const model::Started&) const { return "Started"; }
    std::string operator()(const model::ClockStepped&) const { return "ClockStepped"; }
    std::string operator()(const model::Suspected&) const { return "Suspected"; }
    std::string operator()(const model::Cleared&) const { return "Cleared"; }
    std::string operator()(const model::Confirmed&) const { return "Confirmed"; }
    std::string operator()(const model::Recovered&) const { return "Recovered"; }
    std::string operator()(const model::Verified&) const { return "Verified"; }
    std::string operator()(const model::UnknownBegan&) const { return "UnknownBegan"; }
    std::string operator()(const model::UnknownEnded&) const { return "UnknownEnded"; }
    std::string operator()(const model::Opened&) const { return "Opened"; }
    std::string operator()(const model::Joined&) const { return "Joined"; }
    std::string operator()(const model::Worsened&) const { return "Worsened"; }
    std::string operator()(const model::Eased&) const { return "Eased"; }
    std::string operator()(const model::Relapsed&) const { return "Relapsed"; }
    std::string operator()(const model::Restored&) const { return "Restored"; }
    std::string operator()(const model::DutiesArmed&) const { return "DutiesArmed"; }
    std::string operator()(const model::DutyAtRisk& e) const { return "DutyAtRisk " + std::to_string(e.percent); }
    std::string operator()(const model::DutyMissed& e) const { return "DutyMissed " + e.cause; }
    std::string operator()(const model::DutyVoided&) const { return "DutyVoided"; }
    std::string operator()(const model::DutySettled&) const { return "DutySettled"; }
    std::string operator()(const model::NoticeComposed& e) const { return "NoticeComposed " + std::string(word(e.notice.stage)); }
    std::string operator()(const model::DeliveryRecorded&) const { return "DeliveryRecorded"; }
    std::string operator()(const model::Voided&) const { return "Voided"; }
    std::string operator()(const model::Acknowledged&) const { return "Acknowledged"; }
    std::string operator()(const model::Noted&) const { return "Noted"; }
    std::string operator()(const model::MaintenanceDeclared&) const { return "MaintenanceDeclared"; }
    std::string operator()(const model::MaintenanceCancelled&) const { return "MaintenanceCancelled"; }
    std::string operator()(const model::MaintenanceEnded&) const { return "MaintenanceEnded"; }
    std::string operator()(const model::Uncovered&) const { return "Uncovered"; }
    std::string operator()(const model::Bounced&) const { return "Bounced"; }
    template <typename Other> std::string operator()(const Other&) const { return "other"; }
};

} // namespace

std::string name_of(const model::Payload& payload) { return std::visit(Named{}, payload); }

Desk::Desk() {
    now = {model::WallTime{Milliseconds{1'763'856'000'000}}, Milliseconds{100'000}, 7};
    directory.on_call.contacts = {contact("on-call")};
    directory.manager.contacts = {contact("manager")};
    heartbeat_ = now;
    append({model::Started{.version = "1", .after_crash = false, .last_heartbeat = {}}});
    happened();
}

model::Watch Desk::watch(const std::string& id, model::WatchClass watch_class, std::vector<std::string> services) {
    model::Watch made;
    made.id = id;
    made.watch_class = watch_class;
    made.services = std::move(services);
    made.rules.edit().slower_than = Milliseconds{500};
    if (watch_class != model::WatchClass::liveness) made.interval_limit = Milliseconds{600'000};
    for (const auto& service : *made.services) directory.services[service].name = service;
    return made;
}

void Desk::tenant(const std::string& name, std::vector<std::string> services, std::uint32_t contacts) {
    auto& made = directory.tenants[name];
    made.name = name;
    made.services = services;
    for (std::uint32_t number = 1; number <= contacts; ++number) made.contacts.push_back(contact(name + "-" + std::to_string(number)));
    for (const auto& service : services) {
        auto& names = directory.tenants_of[service];
        names.push_back(name);
        std::ranges::sort(names);
    }
}

void Desk::wait(Milliseconds duration) {
    now.wall += duration;
    now.boot += duration;
}

void Desk::restart() {
    append({model::Started{.version = "1", .after_crash = true, .last_heartbeat = heartbeat_}});
    for (auto& [id, state] : states) {
        const auto facts = book.watches.find(id);
        state = facts == book.watches.end() ? WatchState{} : resume(facts->second);
    }
}

void Desk::reboot(Milliseconds down, Milliseconds wall_step) {
    now.wall += down + wall_step;
    now.boot = Milliseconds{5'000};
    ++now.boot_id;
    restart();
}

void Desk::step_clock(Milliseconds step) {
    now.wall += step;
    append({model::ClockStepped{.step = step}});
}

void Desk::append(std::vector<model::Payload> payloads) {
    for (auto& payload : payloads) {
        events.push_back({static_cast<model::Sequence>(events.size()) + 1, now, std::move(payload)});
        book.apply(events.back());
    }
}

model::Verdict Desk::sample(const model::Watch& watch, Seen seen, Milliseconds lasting) {
    model::Observation observation;
    observation.watch_class = watch.watch_class;
    observation.completed = now;
    observation.started = now;
    observation.started.wall -= lasting;
    observation.started.boot -= lasting;
    observation.duration = seen == Seen::slow ? watch.rules->slower_than + Milliseconds{1} : Milliseconds{50};
    if (seen == Seen::fail) {
        observation.outcome = model::Outcome::failed;
        observation.reason = model::Reason::bad_status;
    }
    if (seen == Seen::silent || seen == Seen::silent_unproven || seen == Seen::blind) {
        observation.outcome = model::Outcome::silent;
        observation.reason = model::Reason::connect_timeout;
        observation.cross_check = seen == Seen::silent            ? model::CrossCheck::answered
                                  : seen == Seen::silent_unproven ? model::CrossCheck::none_usable
                                                                  : model::CrossCheck::all_silent;
    }
    auto judgement = judge(std::move(states[watch.id]), observation, watch.rules);
    states[watch.id] = std::move(judgement.state);
    const auto& verdict = judgement.verdict;
    if (verdict.change != model::Change::none || verdict.second != model::Change::none)
        append(advance(book, watch, verdict, directory, moment()));
    return verdict;
}

std::string Desk::decide(const Decision& decision) {
    if (!decision) return decision.error();
    append(*decision);
    return "";
}

void Desk::verify(const model::Watch& watch) { sample(watch, Seen::pass); }

void Desk::break_down(const model::Watch& watch, Milliseconds lasting) {
    for (std::uint32_t tries = 0; tries < watch.rules->confirm_failures; ++tries) {
        if (tries > 0) wait(watch.rules->retry_after);
        wait(lasting);
        sample(watch, Seen::fail, lasting);
    }
}

void Desk::recover(const model::Watch& watch) {
    for (std::uint32_t tries = 0; tries < watch.rules->recover_passes; ++tries) {
        if (tries > 0) wait(watch.rules->retry_after);
        sample(watch, Seen::pass);
    }
}

model::Notice Desk::compose(const Release& release) {
    model::Notice notice;
    notice.id = "notice-" + std::to_string(++notices_);
    notice.recipient = release.recipient;
    notice.stage = release.stage;
    notice.duties = release.duties;
    notice.subjects = release.subjects;
    notice.policy = policy;
    notice.composed = now;
    const auto* contacts = &directory.on_call.contacts;
    if (release.recipient.kind == model::RecipientKind::manager) contacts = &directory.manager.contacts;
    if (release.recipient.kind == model::RecipientKind::tenant) contacts = &directory.tenants.at(release.recipient.name).contacts;
    for (const auto& each : *contacts) {
        model::Envelope envelope;
        envelope.id = notice.id + "/" + each.id;
        envelope.contact = each.id;
        envelope.message_id = envelope.id + "@example.jp";
        notice.envelopes.push_back(envelope);
    }
    const auto taken = [&](const std::string& id) {
        const auto found = book.duties.find(id);
        return found == book.duties.end() || !unmet(found->second) || std::ranges::find(release.duties, id) != release.duties.end();
    };
    for (const auto& id : release.duties) {
        for (const auto& older : book.carriers(id)) {
            const auto& facts = book.notices.at(older);
            if (!std::ranges::all_of(facts.duties, taken)) continue;
            for (const auto& [envelope, state] : facts.envelopes) {
                if (state == EnvelopeState::pending) notice.supersedes.push_back(envelope);
            }
        }
    }
    return notice;
}

std::vector<Release> Desk::settle() {
    std::vector<Release> releases;
    for (int round = 0; round < 16; ++round) {
        auto made = plan(book, directory, moment());
        if (made.events.empty() && made.releases.empty()) return releases;
        append(std::move(made.events));
        for (auto& release : made.releases) {
            append({model::NoticeComposed{compose(release)}});
            releases.push_back(std::move(release));
        }
    }
    throw std::logic_error("the plan does not come to rest");
}

void Desk::run_until(Milliseconds boot) {
    while (true) {
        settle();
        const auto next = plan(book, directory, moment()).next;
        if (next > boot) break;
        if (next <= now.boot) throw std::logic_error("the plan asks for a moment that has passed");
        wait(next - now.boot);
    }
    wait(boot - now.boot);
    settle();
}

void Desk::deliver(const model::Recipient& recipient, model::DeliveryOutcome outcome) { deliver_where(&recipient, outcome); }

void Desk::deliver_all(model::DeliveryOutcome outcome) { deliver_where(nullptr, outcome); }

void Desk::deliver_where(const model::Recipient* recipient, model::DeliveryOutcome outcome) {
    std::vector<model::Payload> deliveries;
    for (const auto& [id, notice] : book.notices) {
        if (recipient != nullptr && notice.recipient != *recipient) continue;
        for (const auto& [envelope, state] : notice.envelopes) {
            if (state != EnvelopeState::pending) continue;
            model::Delivery delivery;
            delivery.envelope = envelope;
            delivery.outcome = outcome;
            delivery.began = delivery.ended = now;
            deliveries.emplace_back(model::DeliveryRecorded{delivery});
        }
    }
    append(std::move(deliveries));
}

std::vector<std::string> Desk::duty_ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, duty] : book.duties) ids.push_back(id);
    return ids;
}

std::vector<std::string> Desk::happened() {
    std::vector<std::string> names;
    for (; told_ < events.size(); ++told_) names.push_back(name_of(events[told_].payload));
    return names;
}

std::string dump(const Book& book) {
    std::ostringstream out;
    for (const auto& [id, facts] : book.watches) put(out, id, facts);
    for (const auto& [id, incident] : book.incidents) put(out, book, incident);
    for (const auto& [id, duty] : book.duties) put(out, duty);
    for (const auto& [id, notice] : book.notices) {
        out << id << ' ';
        put(out, notice.duties);
        for (const auto& [envelope, state] : notice.envelopes) out << envelope << '=' << static_cast<int>(state) << ' ';
        out << '\n';
    }
    for (const auto& [when, id] : book.agenda) out << "agenda " << when.count() << ' ' << id << '\n';
    for (const auto& [when, key] : book.next_releases)
        out << "group " << when.count() << ' ' << key.recipient.name << ' ' << word(key.stage) << '\n';
    for (const auto& [key, duties] : book.releases) {
        for (const auto& [when, id] : duties) out << "release " << when.count() << ' ' << id << '\n';
    }
    for (const auto& [service, ids] : book.of_service) {
        for (const auto& id : ids) out << service << ' ' << id << '\n';
    }
    for (const auto& [when, id] : book.unknown_spells) out << "spell " << when.count() << ' ' << id << '\n';
    for (const auto& [when, id] : book.pages) out << "page " << when.count() << ' ' << id << '\n';
    for (const auto& [id, facts] : book.maintenances) {
        out << id << ' ' << facts.cancelled << facts.ended << ' ' << facts.maintenance.end.time_since_epoch().count() << ' ';
        put(out, facts.maintenance.tenants);
        out << '\n';
    }
    out << book.incident_numbers.next("") << ' ' << book.incident_numbers.next("20261123") << ' '
        << book.maintenance_numbers.next("20261123") << '\n';
    out << "blind " << book.blind << " started ";
    put(out, book.started);
    return out.str();
}

Book replayed(const Desk& desk) {
    Book fresh;
    for (const auto sequence : desk.book.live_events()) fresh.apply(desk.events.at(sequence - 1));
    return fresh;
}

} // namespace incidents

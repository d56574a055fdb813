#include "tests/simulation/invariants.hpp"

#include <algorithm>

/// What the events say, kept apart from the product's own book.
namespace simulation {

void Invariants::learn(const model::Event& event) {
    learn_of_duties(event);
    learn_of_watches(event);
    learn_of_pages(event);
    learn_of_people(event);
    if (const auto* composed = std::get_if<model::NoticeComposed>(&event.payload)) learn(*composed, event.sequence);
    else if (const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload)) learn(recorded->delivery);
}

void Invariants::learn_of_duties(const model::Event& event) {
    if (const auto* armed = std::get_if<model::DutiesArmed>(&event.payload)) {
        for (const auto& duty : armed->duties) {
            if (!duties_.try_emplace(duty.id, DutyTruth{.armed = duty, .armed_at = world_.now, .rehearsed = rehearsing_}).second) {
                violated("duty_is_armed_once", duty.id);
            }
        }
    } else if (const auto* missed = std::get_if<model::DutyMissed>(&event.payload)) {
        auto& truth = duties_.at(missed->duty);
        if (++truth.misses > 1) violated("miss_leaves_one_record", missed->duty);
        misses_.insert(truth.armed.subject);
    } else if (const auto* risk = std::get_if<model::DutyAtRisk>(&event.payload)) {
        risks_.insert(duties_.at(risk->duty).armed.subject);
    } else if (const auto* voided = std::get_if<model::DutyVoided>(&event.payload)) {
        duties_.at(voided->duty).voided = true;
    }
}

void Invariants::learn_of_watches(const model::Event& event) {
    if (const auto* suspected = std::get_if<model::Suspected>(&event.payload)) {
        auto& watch = watches_[suspected->watch];
        if (watch.suspected)
            violated("a_run_keeps_its_first_failure", suspected->watch + " is suspected anew while its run of failures is open");
        watch.suspected = suspected->detect;
    } else if (const auto* confirmed = std::get_if<model::Confirmed>(&event.payload)) {
        auto& watch = watches_[confirmed->watch];
        if (!watch.suspected || *watch.suspected != confirmed->detect)
            violated("a_run_keeps_its_first_failure", confirmed->watch + " was confirmed from another instant than it was suspected");
        watch.confirmed = true;
    } else if (const auto* cleared = std::get_if<model::Cleared>(&event.payload)) {
        auto& watch = watches_[cleared->watch];
        watch.suspected.reset();
        watch.confirmed = false;
        resumed_.erase(cleared->watch);  // it has left the configuration, or has another name
    } else if (const auto* recovered = std::get_if<model::Recovered>(&event.payload)) {
        auto& watch = watches_[recovered->watch];
        set_aside_.erase(recovered->watch);
        watch.suspected.reset();
        watch.confirmed = false;
    } else if (const auto* verified = std::get_if<model::Verified>(&event.payload)) {
        watches_[verified->watch].verified = true;
    } else if (const auto* began = std::get_if<model::UnknownBegan>(&event.payload)) {
        blind_set_aside_.erase(began->watch);
    }
}

void Invariants::learn_of_pages(const model::Event& event) {
    const auto hears = [&](const model::IncidentId& incident) { on_call_pages_.try_emplace(incident, world_.now); };
    if (const auto* opened = std::get_if<model::Opened>(&event.payload)) {
        if (opened->incident.kind == model::IncidentKind::customer) hears(opened->incident.id);
    } else if (const auto* relapsed = std::get_if<model::Relapsed>(&event.payload)) {
        hears(relapsed->incident);
    } else if (const auto* acknowledged = std::get_if<model::Acknowledged>(&event.payload)) {
        on_call_pages_.erase(acknowledged->incident);
    } else if (const auto* voided = std::get_if<model::Voided>(&event.payload)) {
        on_call_pages_.erase(voided->incident);
    } else if (std::holds_alternative<model::ReloadRejected>(event.payload) ||
               std::holds_alternative<model::LedgerUndurable>(event.payload)) {
        on_call_has_to_hear_ = true;
    } else if (const auto* composed = std::get_if<model::NoticeComposed>(&event.payload)) {
        const auto& notice = composed->notice;
        if (notice.stage != model::Stage::page) return;
        if (notice.recipient.kind == model::RecipientKind::on_call && notice.subjects.empty()) on_call_has_to_hear_ = false;
        for (const auto& subject : notice.subjects) {
            if (notice.recipient.kind == model::RecipientKind::manager) misses_.erase(subject);
            if (notice.recipient.kind != model::RecipientKind::on_call) continue;
            risks_.erase(subject);
            on_call_pages_.erase(subject);
        }
    }
}

void Invariants::learn(const model::NoticeComposed& composed, model::Sequence sequence) {
    for (const auto& envelope : composed.notice.envelopes) {
        Minted minted;
        minted.recipient = composed.notice.recipient;
        minted.stage = composed.notice.stage;
        minted.duties = composed.notice.duties;
        minted.subjects = composed.notice.subjects;
        minted.rehearsed = rehearsing_ && composed.notice.recipient.kind == model::RecipientKind::tenant;
        minted.envelope = envelope.id;
        minted.contact = envelope.contact;
        minted.sequence = sequence;
        message_of_[envelope.id] = envelope.message_id;
        for (const auto& id : composed.notice.duties) {
            if (const auto duty = duties_.find(id); duty != duties_.end()) duty->second.composed_at = world_.now;
        }
        minted_.try_emplace(envelope.message_id, std::move(minted));
    }
    for (const auto& envelope : composed.notice.supersedes) {
        const auto message = message_of_.find(envelope);
        if (message != message_of_.end()) minted_.at(message->second).superseded = true;
    }
}

void Invariants::learn(const model::Delivery& delivery) {
    const auto message = message_of_.find(delivery.envelope);
    if (message == message_of_.end()) violated("delivery_of_a_known_envelope", delivery.envelope);
    auto& minted = minted_.at(message->second);
    if (delivery.outcome == model::DeliveryOutcome::refused || delivery.outcome == model::DeliveryOutcome::undeliverable)
        minted.refused = true;
    if (delivery.outcome == model::DeliveryOutcome::unknown) outcome_unknown_.insert(message->second);
    if (delivery.outcome != model::DeliveryOutcome::accepted) return;
    ++recorded_[message->second];
    for (const auto& id : minted.duties) {
        if (const auto duty = duties_.find(id); duty != duties_.end()) duty->second.accepted = true;
    }
}

void Invariants::learn_of_people(const model::Event& event) {
    if (const auto* declared = std::get_if<model::MaintenanceDeclared>(&event.payload)) {
        windows_[declared->maintenance.id] = declared->maintenance;
    } else if (const auto* ended = std::get_if<model::MaintenanceEnded>(&event.payload)) {
        windows_.erase(ended->id);
    } else if (const auto* voided = std::get_if<model::Voided>(&event.payload)) {
        for (const auto& [id, watch] : watches_) {
            if (watch.confirmed) set_aside_.insert(id);
        }
        const auto incident = engine_->book().incidents.find(voided->incident);
        if (incident == engine_->book().incidents.end() || incident->second.kind != model::IncidentKind::blind) return;
        for (const auto& watch : topology_.watches) blind_set_aside_.insert(watch.id);
    } else if (std::holds_alternative<model::WentLive>(event.payload)) {
        rehearsing_ = false;
    } else if (const auto* bounced = std::get_if<model::Bounced>(&event.payload)) {
        const auto message = message_of_.find(bounced->envelope);
        if (message == message_of_.end()) return;
        auto& minted = minted_.at(message->second);
        minted.refused = true;
        if (minted.rehearsed && !rehearsing_) return;
        for (const auto& id : minted.duties) {
            const auto duty = duties_.find(id);
            if (duty == duties_.end()) continue;
            duty->second.bounced = true;
            duty->second.armed_at = world_.now;
        }
    }
}

/// Whether some maintenance that has not ended speaks of the tenant and the services. The product decides more strictly.
bool Invariants::hidden(const std::string& tenant, const std::vector<std::string>& services) const {
    return std::ranges::any_of(windows_, [&](const auto& entry) {
        const auto& window = entry.second;
        const bool theirs = std::ranges::find(window.tenants, tenant) != window.tenants.end();
        return theirs && std::ranges::any_of(services, [&](const auto& service) {
                   return std::ranges::find(window.services, service) != window.services.end();
               });
    });
}

std::vector<std::string> Invariants::users_of(const std::vector<std::string>& services) const {
    std::set<std::string> users;
    for (const auto& [name, tenant] : topology_.directory.tenants) {
        const bool uses = std::ranges::any_of(tenant.services,
                                              [&](const auto& service) { return std::ranges::find(services, service) != services.end(); });
        if (uses && !hidden(name, services)) users.insert(name);
    }
    return {users.begin(), users.end()};
}

/// The customers whose own services were no worse than this before the watch joined the incident.
std::vector<std::string> Invariants::worse_off_by(const model::Incident& incident, const std::string& joining) const {
    const auto severity_for = [&](const std::string& tenant, const std::string& watch, const model::Member& member) {
        const auto found = std::ranges::find(topology_.watches, watch, &model::Watch::id);
        const auto& uses = topology_.directory.tenants.at(tenant).services;
        const bool concerned = std::ranges::any_of(incident.services, [&](const auto& service) {
            const bool serves = found == topology_.watches.end() || std::ranges::find(*found->services, service) != found->services->end();
            return serves && std::ranges::find(uses, service) != uses.end();
        });
        return concerned ? static_cast<int>(member.severity) : 0;
    };
    auto users = users_of(incident.services);
    std::erase_if(users, [&](const auto& tenant) {
        int before = 0;
        for (const auto& [watch, member] : incident.members) {
            if (watch != joining) before = std::max(before, severity_for(tenant, watch, member));
        }
        return severity_for(tenant, joining, incident.members.at(joining)) <= before;
    });
    return users;
}

/// What the event owes customers in the same turn, by the topology and not by what the event says of tenants.
void Invariants::owe(const model::Event& event) {
    const auto alert = [&](std::string invariant, const model::IncidentId& id, const std::vector<std::string>& services,
                           const model::Instant& detect) {
        owed_.push_back({std::move(invariant), id, model::Stage::first_alert, users_of(services), detect});
    };
    if (const auto* opened = std::get_if<model::Opened>(&event.payload)) {
        const auto& incident = opened->incident;
        if (incident.kind == model::IncidentKind::line)
            owed_.push_back({"line_fault_is_told_to_the_manager", incident.id, model::Stage::line_fault, {""}, incident.detect});
        if (incident.kind != model::IncidentKind::customer) return;
        alert("every_affected_tenant_is_alerted", incident.id, incident.services, incident.detect);
        owed_.push_back(
            {"every_affected_tenant_is_alerted", incident.id, model::Stage::follow_up, users_of(incident.services), incident.discover});
    } else if (const auto* joined = std::get_if<model::Joined>(&event.payload)) {
        const auto& incident = engine_->book().incidents.at(joined->incident);
        if (incident.kind != model::IncidentKind::customer) return;
        owed_.push_back({"relapse_or_worsening_owes_an_alert", joined->incident, model::Stage::first_alert,
                         worse_off_by(incident, joined->watch), joined->member.detect});
    } else if (const auto* relapsed = std::get_if<model::Relapsed>(&event.payload)) {
        alert("relapse_or_worsening_owes_an_alert", relapsed->incident, engine_->book().incidents.at(relapsed->incident).services,
              relapsed->member.detect);
    } else if (const auto* restored = std::get_if<model::Restored>(&event.payload)) {
        const auto& incident = engine_->book().incidents.at(restored->incident);
        if (incident.kind != model::IncidentKind::customer) return;
        auto told = users_of(incident.services);
        std::erase_if(told, [&](const auto& tenant) { return std::ranges::find(incident.tenants, tenant) == incident.tenants.end(); });
        owed_.push_back(
            {"restored_owes_a_recovery", restored->incident, model::Stage::recovery, std::move(told), restored->recover_confirm});
    } else if (const auto* voided = std::get_if<model::Voided>(&event.payload)) {
        owe_correction(voided->incident);
    } else if (std::holds_alternative<model::WentLive>(event.payload)) {
        for (const auto& [id, incident] : engine_->book().incidents) {
            if (incident.kind != model::IncidentKind::customer || !incident.open()) continue;
            for (const auto stage : {model::Stage::first_alert, model::Stage::follow_up})
                owed_.push_back({"go_live_owes_what_no_customer_heard", id, stage, users_of(incident.services), event.time});
        }
    }
}

/// Whoever was told of what was opened in error gets a correction.
void Invariants::owe_correction(const model::IncidentId& incident) {
    std::set<std::string> told;
    for (const auto& [message, minted] : minted_) {
        const auto recorded = recorded_.find(message);
        const bool about_it = std::ranges::find(minted.subjects, incident) != minted.subjects.end();
        if (about_it && !minted.refused && (!minted.rehearsed || rehearsing_) && minted.recipient.kind == model::RecipientKind::tenant &&
            recorded != recorded_.end() && recorded->second > 0)
            told.insert(minted.recipient.name);
    }
    owed_.push_back({"void_owes_a_correction", incident, model::Stage::correction, {told.begin(), told.end()}, std::nullopt});
}

} // namespace simulation

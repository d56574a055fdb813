#include "tests/simulation/invariants.hpp"

#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>

namespace simulation {

namespace {

constexpr Milliseconds young_for{19 * 60'000};
constexpr Milliseconds late_round_gap{15 * 60'000};  // between the rounds of an envelope that is no longer young
constexpr Milliseconds page_takes{60'000};           // grouping, and a sweep

} // namespace

void Invariants::check_miss(const model::DutyMissed& missed) {
    const auto& truth = duties_.at(missed.duty);
    const auto book = engine_->book().duties.find(missed.duty);
    if (missed.cause.empty()) violated("miss_has_a_cause", missed.duty);
    // across boots elapsed time is an estimate that may run ahead of the truth: it must not be held against the channel
    if (book != engine_->book().duties.end() && book->second.deadline.estimated) return;
    const auto since = std::max(usable_since(truth), truth.armed_at);
    if (since == Milliseconds::max()) return;
    const bool old = truth.composed_at > Milliseconds{0} && world_.now - truth.composed_at > young_for;
    if (world_.now - since >= window_ + stall_slack(world_.now) + (old ? late_round_gap : Milliseconds{0})) {
        violated("usable_channel_means_in_time",
                 missed.duty + " was missed though a channel was usable for " + std::to_string((world_.now - since).count()) + " ms");
    }
}

/// Within one boot there is nothing to estimate: met is what was accepted within the limit, late what was not.
void Invariants::check_met(const model::Delivery& delivery) {
    if (delivery.outcome != model::DeliveryOutcome::accepted) return;
    for (const auto& id : minted_.at(message_of_.at(delivery.envelope)).duties) {
        const auto found = engine_->book().duties.find(id);
        if (found == engine_->book().duties.end()) continue;
        const auto& duty = found->second;
        const auto& base = duty.deadline.base;
        if (duty.accepted != delivery.ended || base.boot_id != world_.boot_id || duty.deadline.estimated) continue;
        const auto expected = delivery.ended.boot - base.boot <= duty.deadline.limit ? model::DutyState::met : model::DutyState::late;
        if (duty.state != expected) violated("met_means_in_time", id);
    }
}

void Invariants::check_owed() {
    for (const auto& owed : std::exchange(owed_, {})) {
        const auto prefix = owed.incident + "/" + std::string(incidents::word(owed.stage)) + "/";
        for (const auto& tenant : owed.tenants) {
            bool found = false;
            for (auto duty = duties_.lower_bound(prefix); duty != duties_.end() && duty->first.starts_with(prefix); ++duty) {
                const auto& armed = duty->second.armed;
                found = found || (armed.recipient.name == tenant && (!owed.base || armed.deadline.base == *owed.base));
            }
            if (!found) violated(owed.invariant, owed.incident + " owes " + tenant + " a " + std::string(incidents::word(owed.stage)));
        }
    }
    if (!misses_.empty()) violated("miss_is_told_to_the_manager", *misses_.begin());
    for (const auto& subject : std::exchange(risks_, {})) {
        const auto incident = engine_->book().incidents.find(subject);
        const bool acknowledged = incident != engine_->book().incidents.end() && incident->second.acknowledged;
        if (!acknowledged) violated("risk_is_told_to_on_call", subject);
    }
}

void Invariants::check_remaining() {
    const auto now = world_.instant();
    remaining_looked_at_ = true;
    for (const auto& [id, duty] : engine_->book().duties) {
        if (duty.settled) continue;
        auto truth = duties_.find(id);
        if (truth == duties_.end()) violated("book_holds_only_armed_duties", id);
        const auto remaining = duty.deadline.limit - incidents::elapsed(duty.deadline, now);
        const auto slack = truth->second.seen_in_boot == now.boot_id ? Milliseconds{0} : lost_with_the_boot_;
        if (truth->second.least_remaining != Milliseconds::max() && remaining > truth->second.least_remaining + slack) {
            violated("remaining_time_never_grows", id + " by " + std::to_string((remaining - truth->second.least_remaining).count()) +
                                                       " ms, where " + std::to_string(slack.count()) + " ms may be lost");
        }
        truth->second.least_remaining = remaining;
        truth->second.seen_in_boot = now.boot_id;
        truth->second.seen_at = world_.now;
        // a step of the clock may end a limit at this very instant: it is judged at the next sweep
        const bool over = duty.state == model::DutyState::armed && remaining < Milliseconds{0};
        if (over && truth->second.was_over) violated("miss_is_recorded", id);
        truth->second.was_over = over;
    }
}

/// Who uses a service of an open incident, since before it or since a reload, is among those who are told, unless maintenance hides
/// it from them.
void Invariants::check_hidden() const {
    for (const auto& [id, incident] : engine_->book().incidents) {
        if (!incident.open() || incident.kind != model::IncidentKind::customer) continue;
        for (const auto& tenant : users_of(incident.services)) {
            if (!std::ranges::binary_search(incident.tenants, tenant))
                violated("only_maintenance_hides_an_incident", id + " from " + tenant);
        }
    }
}

/// As long as an incident is open, the next report to each of its customers is owed.
void Invariants::check_follow_ups() const {
    const auto& book = engine_->book();
    for (const auto& [id, incident] : book.incidents) {
        if (!incident.open() || incident.kind != model::IncidentKind::customer) continue;
        const auto prefix = id + "/follow_up/";
        for (const auto& tenant : incident.tenants) {
            bool owed = false;
            for (auto duty = book.duties.lower_bound(prefix); duty != book.duties.end() && duty->first.starts_with(prefix); ++duty)
                owed = owed || (!duty->second.settled && duty->second.recipient.name == tenant);
            if (!owed) violated("open_incident_owes_a_follow_up", id + " to " + tenant);
        }
    }
}

void Invariants::check_heard() {
    if (on_call_has_to_hear_) violated("on_call_hears_of_hinomi_itself", "nothing was composed in the same turn");
}

void Invariants::check_pages() {
    for (const auto& [incident, since] : on_call_pages_) {
        if (world_.now - std::max({since, world_.life_began, world_.awake_since}) > page_takes)
            violated("on_call_hears_of_every_incident", incident);
    }
}

} // namespace simulation

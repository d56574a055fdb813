#include "incidents/book.hpp"
#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>

namespace incidents {

using model::DutyState;
using model::Milliseconds;

namespace {

constexpr Milliseconds at_once{0};

/// When the duty must be looked at next, if ever without another event. `hopeless`: no envelope of it is on its way.
/// `more_to_come`: a later notice will carry it.
std::optional<Milliseconds> look_at(const model::Duty& duty, bool hopeless, bool more_to_come) {
    if (duty.settled) return std::nullopt;
    switch (duty.state) {
    case DutyState::met:
    case DutyState::late:
    case DutyState::voided: return at_once;
    case DutyState::missed: return hopeless && !more_to_come ? std::optional(at_once) : std::nullopt;
    case DutyState::armed: break;
    }
    if (hopeless && duty.risk_percent < hopeless_percent) return at_once;
    return boot_when(duty.deadline, next_mark(duty));
}

std::optional<Milliseconds> release_at(const model::Duty& duty) {
    if (duty.composed || !unmet(duty)) return std::nullopt;
    return boot_when(duty.deadline, duty.release_after);
}

} // namespace

bool NoticeFacts::hopeful() const {
    return std::ranges::any_of(envelopes, [](const auto& envelope) { return envelope.second == EnvelopeState::pending; });
}

bool NoticeFacts::finished() const {
    if (!hopeful()) return true;
    // in order: after one acceptance the next contact is not tried
    return policy == model::ContactPolicy::primary &&
           std::ranges::any_of(envelopes, [](const auto& envelope) { return envelope.second == EnvelopeState::accepted; });
}

const std::vector<model::NoticeId>& Book::carriers(const model::DutyId& duty) const {
    static const std::vector<model::NoticeId> none;
    const auto found = carriers_.find(duty);
    return found == carriers_.end() ? none : found->second;
}

bool Book::hopeless(const model::Duty& duty) const {
    if (!duty.composed || duty.settled) return false;
    return std::ranges::none_of(carriers(duty.id), [&](const auto& id) {
        const auto notice = notices.find(id);
        return notice != notices.end() && notice->second.hopeful();
    });
}

std::uint32_t Book::reports_to(const model::IncidentId& incident, const model::Recipient& recipient) const {
    const auto counts = reports_.find(incident);
    if (counts == reports_.end()) return 0;
    const auto count = counts->second.find(recipient);
    return count == counts->second.end() ? 0 : count->second;
}

void Book::book_release(const model::Duty& duty, std::optional<Milliseconds> from, std::optional<Milliseconds> to) {
    if (from == to) return;
    const GroupKey key{duty.recipient, duty.stage};
    auto& group = releases[key];
    if (!group.empty()) next_releases.erase({group.begin()->first, key});
    if (from) group.erase({*from, duty.id});
    if (to) group.emplace(*to, duty.id);
    if (group.empty()) releases.erase(key);
    else next_releases.emplace(group.begin()->first, key);
}

bool Book::more_to_come(const model::Duty& duty) const {
    if (duty.stage != model::Stage::first_alert && duty.stage != model::Stage::follow_up) return false;
    const auto incident = incidents.find(duty.subject);
    if (incident != incidents.end() && incident->second.open()) return true;
    return std::ranges::any_of(duties_below(duties, duty.subject + "/recovery/"), [&](const auto& entry) {
        const auto& other = entry.second;
        return other.recipient == duty.recipient && !other.composed && unmet(other);
    });
}

void Book::refresh(const model::Duty& duty) {
    auto& booking = bookings_[duty.id];
    const bool without_hope = hopeless(duty);
    const auto look = look_at(duty, without_hope, without_hope && duty.state == DutyState::missed && more_to_come(duty));
    if (booking.look != look) {
        if (booking.look) agenda.erase({*booking.look, duty.id});
        if (look) agenda.emplace(*look, duty.id);
        booking.look = look;
    }
    const auto release = release_at(duty);
    book_release(duty, booking.release, release);
    booking.release = release;
}

model::Duty* Book::touch_duty(const model::DutyId& id, model::Sequence sequence) {
    const auto found = duties.find(id);
    if (found == duties.end()) return nullptr;
    duty_history_[found->second.subject].push_back(sequence);
    return &found->second;
}

void Book::move(model::Duty& duty, DutyState to, Transitions& transitions) {
    transitions.push_back({duty.id, duty.state, to});
    duty.state = to;
}

void Book::fold(const model::Event& event, const model::DutiesArmed& payload, Transitions&) {
    for (const auto& duty : payload.duties) {
        if (!knows_subject(duty.subject)) continue;
        auto& history = duty_history_[duty.subject];
        if (history.empty() || history.back() != event.sequence) history.push_back(event.sequence);
        const auto [place, added] = duties.insert_or_assign(duty.id, duty);
        if (added) ++unsettled_[duty.subject];
        refresh(place->second);
    }
}

void Book::fold(const model::Event& event, const model::DutyAtRisk& payload, Transitions&) {
    auto* duty = touch_duty(payload.duty, event.sequence);
    if (duty == nullptr) return;
    duty->risk_percent = std::max(duty->risk_percent, payload.percent);
    refresh(*duty);
}

void Book::fold(const model::Event& event, const model::DutyMissed& payload, Transitions& transitions) {
    auto* duty = touch_duty(payload.duty, event.sequence);
    if (duty == nullptr) return;
    duty->breached = true;
    if (duty->state == DutyState::armed) move(*duty, DutyState::missed, transitions);
    refresh(*duty);
}

/// The outbox sends no notice on that owes nothing any more (notifier/pending.cpp). Kept by the notice: its duties may be forgotten
/// before it.
void Book::owes_no_more(NoticeFacts& notice, const model::DutyId& duty, model::Sequence sequence) {
    notice.history.push_back(sequence);
    notice.voided.insert(duty);
    if (notice.voided.size() < notice.duties.size()) return;
    for (auto& [envelope, state] : notice.envelopes) {
        if (state == EnvelopeState::pending) state = EnvelopeState::superseded;
    }
}

void Book::fold(const model::Event& event, const model::DutyVoided& payload, Transitions& transitions) {
    auto* duty = touch_duty(payload.duty, event.sequence);
    if (duty == nullptr) {  // a snapshot names the event for the sake of a notice only
        for (auto& [id, notice] : notices) {
            if (std::ranges::find(notice.duties, payload.duty) != notice.duties.end()) owes_no_more(notice, payload.duty, event.sequence);
        }
        return;
    }
    move(*duty, DutyState::voided, transitions);
    for (const auto& id : carriers(duty->id)) owes_no_more(notices.at(id), duty->id, event.sequence);
    refresh(*duty);
}

void Book::fold(const model::Event& event, const model::DutySettled& payload, Transitions&) {
    auto* duty = touch_duty(payload.duty, event.sequence);
    if (duty == nullptr || duty->settled) return;
    duty->settled = true;
    --unsettled_[duty->subject];
    refresh(*duty);
}

void Book::supersede(const std::vector<model::EnvelopeId>& envelopes) {
    for (const auto& id : envelopes) {
        const auto place = notice_of_.find(id);
        if (place == notice_of_.end()) continue;
        auto& notice = notices.find(place->second)->second;
        auto& state = notice.envelopes[id];
        if (state == EnvelopeState::pending) state = EnvelopeState::superseded;
        for (const auto& duty : notice.duties) {
            if (const auto found = duties.find(duty); found != duties.end()) refresh(found->second);
        }
    }
}

/// A restart from a snapshot must know that what is still remembered was superseded, or it would be sent again.
void Book::keep(const model::NoticeId& id, NoticeFacts& facts, const std::vector<model::EnvelopeId>& superseded) {
    facts.kept_for.insert(facts.subjects.begin(), facts.subjects.end());
    for (const auto& envelope : superseded) {
        const auto place = notice_of_.find(envelope);
        if (place == notice_of_.end()) continue;
        const auto& older = notices.find(place->second)->second.kept_for;
        facts.kept_for.insert(older.begin(), older.end());
    }
    bool about_something = false;
    for (const auto& subject : facts.kept_for) {
        if (!knows_subject(subject)) continue;
        about_something = true;
        notices_about_[subject].push_back(id);
    }
    if (!about_something) about_nothing_.insert(id);
}

void Book::fold(const model::Event& event, const model::NoticeComposed& payload, Transitions&) {
    const auto& notice = payload.notice;
    auto& facts = notices[notice.id];
    facts.recipient = notice.recipient;
    facts.stage = notice.stage;
    facts.policy = notice.policy;
    facts.duties = notice.duties;
    facts.subjects = notice.subjects;
    facts.history.push_back(event.sequence);
    for (const auto& envelope : notice.envelopes) {
        facts.envelopes.emplace(envelope.id, EnvelopeState::pending);
        facts.identities.emplace(envelope.id, EnvelopeIdentity{envelope.contact, envelope.message_id});
        notice_of_.emplace(envelope.id, notice.id);
    }
    keep(notice.id, facts, notice.supersedes);
    for (const auto& subject : notice.subjects) {
        const auto incident = incidents.find(subject);
        if (incident == incidents.end()) continue;
        if (notice.stage != model::Stage::page)
            incident->second.reports = std::max(incident->second.reports, ++reports_[subject][notice.recipient]);
        else if (notice.recipient.kind == model::RecipientKind::on_call) count_page(incident->second, event.time);
    }
    for (const auto& id : notice.duties) {
        const auto duty = duties.find(id);
        if (duty == duties.end()) continue;
        duty->second.composed = true;
        carriers_[id].push_back(notice.id);
    }
    supersede(notice.supersedes);
    for (const auto& id : notice.duties) {
        if (const auto duty = duties.find(id); duty != duties.end()) refresh(duty->second);
    }
}

void Book::accept(NoticeFacts& notice, const model::Instant& at, Transitions& transitions) {
    const auto accepted = [](const auto& envelope) { return envelope.second == EnvelopeState::accepted; };
    if (notice.policy == model::ContactPolicy::all && !std::ranges::all_of(notice.envelopes, accepted)) return;
    for (const auto& id : notice.duties) {
        const auto found = duties.find(id);
        if (found == duties.end() || !unmet(found->second)) continue;
        auto& duty = found->second;
        duty.elapsed = elapsed(duty.deadline, at);
        duty.accepted = at;
        move(duty, duty.elapsed <= duty.deadline.limit ? DutyState::met : DutyState::late, transitions);
    }
}

void Book::fold(const model::Event& event, const model::DeliveryRecorded& payload, Transitions& transitions) {
    const auto& delivery = payload.delivery;
    const auto place = notice_of_.find(delivery.envelope);
    if (place == notice_of_.end()) return;
    auto& notice = notices.find(place->second)->second;
    auto& state = notice.envelopes[delivery.envelope];
    switch (delivery.outcome) {
    case model::DeliveryOutcome::retry:
    case model::DeliveryOutcome::unknown: notice.attempts[delivery.envelope] = event.sequence; return;
    case model::DeliveryOutcome::accepted: state = EnvelopeState::accepted; break;
    case model::DeliveryOutcome::refused:
        if (state == EnvelopeState::pending) state = EnvelopeState::refused;
        break;
    case model::DeliveryOutcome::undeliverable:
        if (state == EnvelopeState::pending) state = EnvelopeState::undeliverable;
        break;
    }
    notice.history.push_back(event.sequence);
    notice.attempts.erase(delivery.envelope);
    if (delivery.outcome == model::DeliveryOutcome::accepted) accept(notice, delivery.ended, transitions);
    for (const auto& id : notice.duties) {
        if (const auto duty = duties.find(id); duty != duties.end()) refresh(duty->second);
    }
}

} // namespace incidents

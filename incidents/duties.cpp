#include "incidents/duties.hpp"

#include "incidents/advance.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>
#include <array>

namespace incidents {

using model::Milliseconds;

namespace {

constexpr std::array<std::uint32_t, 3> marks{50, 75, 90};

Milliseconds part(Milliseconds limit, std::uint32_t percent) { return Milliseconds{(limit.count() * percent + 99) / 100}; }

model::Recipient tenant_named(const std::string& name) { return {model::RecipientKind::tenant, name}; }

} // namespace

std::string_view word(model::Stage stage) {
    switch (stage) {
    case model::Stage::first_alert: return "first_alert";
    case model::Stage::follow_up: return "follow_up";
    case model::Stage::recovery: return "recovery";
    case model::Stage::correction: return "correction";
    case model::Stage::line_fault: return "line_fault";
    case model::Stage::blind: return "blind";
    case model::Stage::maintenance: return "maintenance";
    case model::Stage::final_report: return "final_report";
    case model::Stage::monthly_report: return "monthly_report";
    case model::Stage::page: return "page";
    case model::Stage::test: return "test";
    }
    return "unknown";
}

model::DutyId duty_id(const std::string& subject, model::Stage stage, std::uint32_t ordinal, const model::Recipient& recipient) {
    auto id = subject;
    id += '/';
    id += word(stage);
    id += '/';
    id += std::to_string(ordinal);
    switch (recipient.kind) {
    case model::RecipientKind::tenant: return id + "/tenant:" + recipient.name;
    case model::RecipientKind::manager: return id + "/manager";
    case model::RecipientKind::on_call: return id + "/on_call";
    }
    return id;
}

std::vector<const model::Duty*> duties_of(const Book& book, const std::string& subject, model::Stage stage,
                                          const model::Recipient& recipient) {
    std::vector<const model::Duty*> found;
    for (std::uint32_t ordinal = 1;; ++ordinal) {
        const auto duty = book.duties.find(duty_id(subject, stage, ordinal, recipient));
        if (duty == book.duties.end()) return found;
        found.push_back(&duty->second);
    }
}

bool unmet(const model::Duty& duty) {
    return !duty.settled && (duty.state == model::DutyState::armed || duty.state == model::DutyState::missed);
}

std::uint32_t mark_reached(const model::Deadline& deadline, Milliseconds elapsed) {
    std::uint32_t reached = 0;
    for (const auto mark : marks) {
        if (elapsed >= part(deadline.limit, mark)) reached = mark;
    }
    return reached;
}

Milliseconds next_mark(const model::Duty& duty) {
    for (const auto mark : marks) {
        if (mark > duty.risk_percent) return part(duty.deadline.limit, mark);
    }
    return duty.deadline.limit + Milliseconds{1};  // accepted at the limit exactly is met
}

std::vector<std::string> Arming::contacts_of(const model::Recipient& recipient) const {
    const std::vector<model::Contact>* contacts = nullptr;
    if (recipient.kind == model::RecipientKind::manager) contacts = &directory_.manager.contacts;
    if (recipient.kind == model::RecipientKind::on_call) contacts = &directory_.on_call.contacts;
    if (recipient.kind == model::RecipientKind::tenant) {
        const auto tenant = directory_.tenants.find(recipient.name);
        if (tenant == directory_.tenants.end()) return {};
        contacts = &tenant->second.contacts;
    }
    std::vector<std::string> ids;
    ids.reserve(contacts->size());
    for (const auto& contact : *contacts) ids.push_back(contact.id);
    return ids;
}

void Arming::arm(Obligation obligation) {
    const auto before = duties_of(book_, obligation.subject, obligation.stage, obligation.recipient);
    model::Duty duty;
    duty.ordinal = static_cast<std::uint32_t>(before.size()) + 1;
    duty.id = duty_id(obligation.subject, obligation.stage, duty.ordinal, obligation.recipient);
    duty.subject = std::move(obligation.subject);
    duty.stage = obligation.stage;
    duty.contacts = contacts_of(obligation.recipient);
    duty.recipient = std::move(obligation.recipient);
    duty.deadline = obligation.deadline;
    duty.deadline.clock_doubtful = moment_.clock_doubtful;
    const auto limit = duty.deadline.limit;
    // Grouping may cost time, but never more than leaves half of the limit.
    const auto grouped = std::min(elapsed(duty.deadline, moment_.now) + directory_.rules.grouping, limit / 2);
    duty.release_after = obligation.release_percent ? part(limit, *obligation.release_percent) : grouped;
    armed_.duties.push_back(std::move(duty));
}

void Arming::first_alert(const std::string& subject, const std::string& tenant, const model::Instant& base, const model::Deadline* clock) {
    arm({.subject = subject,
         .stage = model::Stage::first_alert,
         .recipient = tenant_named(tenant),
         .deadline = running_since(base, directory_.rules.first_alert, moment_.now, clock)});
}

void Arming::follow_up(const std::string& subject, const std::string& tenant, const model::Instant& base, const model::Deadline* clock) {
    const auto before = duties_of(book_, subject, model::Stage::follow_up, tenant_named(tenant));
    // the last one only: an older one that a bounce opened again is followed by none
    if (!before.empty() && before.back()->state == model::DutyState::armed && !before.back()->settled) return;
    arm_follow_up(subject, tenant, base, clock);
}

void Arming::arm_follow_up(const std::string& subject, const std::string& tenant, const model::Instant& base,
                           const model::Deadline* clock) {
    arm({.subject = subject,
         .stage = model::Stage::follow_up,
         .recipient = tenant_named(tenant),
         .deadline = running_since(base, directory_.rules.follow_up, moment_.now, clock),
         .release_percent = directory_.rules.follow_up_release_percent});
}

void Arming::afresh(const std::string& subject, const std::string& tenant) {
    first_alert(subject, tenant, moment_.now, nullptr);
    arm_follow_up(subject, tenant, moment_.now, nullptr);
}

void Arming::alerts(const std::string& subject, const std::vector<std::string>& tenants, const model::Instant& detect,
                    const model::Instant& discover) {
    for (const auto& tenant : tenants) {
        first_alert(subject, tenant, detect, nullptr);
        follow_up(subject, tenant, discover, nullptr);
    }
}

void Arming::recovery(const std::string& subject, const std::string& tenant, const model::Instant& base) {
    arm({.subject = subject,
         .stage = model::Stage::recovery,
         .recipient = tenant_named(tenant),
         .deadline = running_since(base, directory_.rules.recovery, moment_.now, nullptr)});
}

void Arming::blind(const std::string& subject, const model::Instant& base, const model::Deadline* clock) {
    const auto told = [&](model::RecipientKind kind, Milliseconds limit) {
        arm({.subject = subject,
             .stage = model::Stage::blind,
             .recipient = {kind, {}},
             .deadline = running_since(base, limit, moment_.now, clock)});
    };
    told(model::RecipientKind::on_call, directory_.rules.blind_on_call);
    told(model::RecipientKind::manager, directory_.rules.blind_manager);
}

void Arming::line_fault(const std::string& subject, const model::Instant& base, const model::Deadline* clock) {
    arm({.subject = subject,
         .stage = model::Stage::line_fault,
         .recipient = {model::RecipientKind::manager, {}},
         .deadline = running_since(base, directory_.rules.line_manager, moment_.now, clock)});
}

void Arming::correction(const std::string& subject, const std::string& tenant) {
    arm({.subject = subject,
         .stage = model::Stage::correction,
         .recipient = tenant_named(tenant),
         .deadline = running_since(moment_.now, directory_.rules.correction, moment_.now, nullptr)});
}

void Arming::announcement(const model::Maintenance& maintenance, const std::string& tenant) {
    const auto in_time = maintenance.start - maintenance.lead - maintenance.declared.wall;
    const auto until_start = maintenance.start - maintenance.declared.wall;
    arm({.subject = maintenance.id,
         .stage = model::Stage::maintenance,
         .recipient = tenant_named(tenant),
         .deadline = running_since(maintenance.declared, std::max(in_time > Milliseconds{0} ? in_time : until_start, Milliseconds{1'000}),
                                   moment_.now, nullptr)});
}

void Arming::further_follow_up(const model::Duty& last) {
    // `last` counts over boots too: its own clock tells how long ago it was accepted
    auto clock = last.deadline;
    clock.base = last.accepted;
    clock.elapsed_at_anchor -= last.elapsed;
    arm({.subject = last.subject,
         .stage = model::Stage::follow_up,
         .recipient = last.recipient,
         .deadline = running_since(last.accepted, directory_.rules.follow_up_further, moment_.now, &clock),
         .release_percent = directory_.rules.follow_up_release_percent});
}

std::optional<model::Payload> Arming::event() && {
    if (armed_.duties.empty()) return std::nullopt;
    return std::move(armed_);
}

} // namespace incidents

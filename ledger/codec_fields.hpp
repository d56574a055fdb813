#pragma once

#include "model/event.hpp"

/// One description of each payload's fields, used for writing and for reading. `archive(name, field)` does the work; a
/// field that is missing when read keeps its default, so that fields can be added.
namespace ledger {

template <typename A, typename T>
concept archived_as = std::same_as<std::remove_const_t<A>, T>;

#define LEDGER_FIELDS(Type) template <typename Archive, archived_as<model::Type> Value> void fields(Archive& archive, Value& value)

LEDGER_FIELDS(Recipient) {
    archive("kind", value.kind);
    archive("name", value.name);
}
LEDGER_FIELDS(Member) {
    archive("severity", value.severity);
    archive("reason", value.reason);
    archive("first_bad", value.first_bad);
    archive("detect", value.detect);
    archive("detail", value.detail);
    archive("services", value.services);
}
LEDGER_FIELDS(Incident) {
    archive("id", value.id);
    archive("kind", value.kind);
    archive("severity", value.severity);
    archive("worst", value.worst);
    archive("services", value.services);
    archive("tenants", value.tenants);
    archive("members", value.members);
    archive("linked_to", value.linked_to);
    archive("reason", value.reason);
    archive("first_watch", value.first_watch);
    archive("cross_checked", value.cross_checked);
    archive("clock_doubtful", value.clock_doubtful);
    archive("relapses", value.relapses);
    archive("occurrence", value.occurrence);
    archive("reports", value.reports);
    archive("last_good", value.last_good);
    archive("first_bad", value.first_bad);
    archive("detect", value.detect);
    archive("discover", value.discover);
    archive("confirm", value.confirm);
    archive("restore", value.restore);
    archive("recover_confirm", value.recover_confirm);
    archive("acknowledged", value.acknowledged);
    archive("void_reason", value.void_reason);
    archive("notes", value.notes);
}
LEDGER_FIELDS(Deadline) {
    archive("base", value.base);
    archive("limit", value.limit);
    archive("anchor", value.anchor);
    archive("elapsed_at_anchor", value.elapsed_at_anchor);
    archive("estimated", value.estimated);
    archive("clock_doubtful", value.clock_doubtful);
}
LEDGER_FIELDS(Duty) {
    archive("id", value.id);
    archive("subject", value.subject);
    archive("stage", value.stage);
    archive("ordinal", value.ordinal);
    archive("recipient", value.recipient);
    archive("deadline", value.deadline);
    archive("release_after", value.release_after);
    archive("contacts", value.contacts);
    archive("state", value.state);
    archive("composed", value.composed);
    archive("bounced", value.bounced);
    archive("breached", value.breached);
    archive("settled", value.settled);
    archive("risk_percent", value.risk_percent);
    archive("elapsed", value.elapsed);
    archive("accepted", value.accepted);
}
LEDGER_FIELDS(Envelope) {
    archive("id", value.id);
    archive("contact", value.contact);
    archive("channel", value.channel);
    archive("message_id", value.message_id);
    archive("order", value.order);
    archive("in_reply_to", value.in_reply_to);
}
LEDGER_FIELDS(Notice) {
    archive("id", value.id);
    archive("recipient", value.recipient);
    archive("stage", value.stage);
    archive("duties", value.duties);
    archive("subjects", value.subjects);
    archive("language", value.language);
    archive("policy", value.policy);
    archive("composed", value.composed);
    archive("subject", value.subject);
    archive("text", value.text);
    archive("html", value.html);
    archive("data", value.data);
    archive("envelopes", value.envelopes);
    archive("supersedes", value.supersedes);
    archive("fallback_text", value.fallback_text);
}
LEDGER_FIELDS(Delivery) {
    archive("envelope", value.envelope);
    archive("outcome", value.outcome);
    archive("attempt", value.attempt);
    archive("round", value.round);
    archive("relay", value.relay);
    archive("step", value.step);
    archive("code", value.code);
    archive("text", value.text);
    archive("tls", value.tls);
    archive("sha256", value.sha256);
    archive("relay_fault", value.relay_fault);
    archive("retry_after", value.retry_after);
    archive("began", value.began);
    archive("ended", value.ended);
}

LEDGER_FIELDS(Started) {
    archive("version", value.version);
    archive("after_crash", value.after_crash);
    archive("last_heartbeat", value.last_heartbeat);
}
LEDGER_FIELDS(Stopped) { archive("reason", value.reason); }
LEDGER_FIELDS(ConfigurationLoaded) {
    archive("sha256", value.sha256);
    archive("watches", value.watches);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(ClockStepped) { archive("step", value.step); }
LEDGER_FIELDS(LedgerUndurable) { archive("cause", value.cause); }
LEDGER_FIELDS(LedgerDurable) {
    archive("queued", value.queued);
    archive("lost", value.lost);
}
LEDGER_FIELDS(Sealed) {
    archive("month", value.month);
    archive("last", value.last);
}
LEDGER_FIELDS(Suspected) {
    archive("watch", value.watch);
    archive("class", value.watch_class);
    archive("reason", value.reason);
    archive("last_good", value.last_good);
    archive("first_bad", value.first_bad);
    archive("detect", value.detect);
    archive("detail", value.detail);
}
LEDGER_FIELDS(Cleared) {
    archive("watch", value.watch);
    archive("first_bad", value.first_bad);
    archive("cleared", value.cleared);
}
LEDGER_FIELDS(Confirmed) {
    archive("watch", value.watch);
    archive("class", value.watch_class);
    archive("reason", value.reason);
    archive("cross_checked", value.cross_checked);
    archive("verified", value.verified);
    archive("first_bad", value.first_bad);
    archive("detect", value.detect);
    archive("confirm", value.confirm);
}
LEDGER_FIELDS(Recovered) {
    archive("watch", value.watch);
    archive("restore", value.restore);
    archive("recover_confirm", value.recover_confirm);
}
LEDGER_FIELDS(Verified) {
    archive("watch", value.watch);
    archive("when", value.at);
    archive("by_person", value.by_person);
}
LEDGER_FIELDS(UnknownBegan) {
    archive("watch", value.watch);
    archive("class", value.watch_class);
    archive("since", value.since);
}
LEDGER_FIELDS(UnknownEnded) {
    archive("watch", value.watch);
    archive("when", value.at);
}
LEDGER_FIELDS(RunsMissed) {
    archive("watch", value.watch);
    archive("count", value.count);
    archive("gap", value.gap);
}
LEDGER_FIELDS(Opened) { archive("incident", value.incident); }
LEDGER_FIELDS(Joined) {
    archive("incident", value.incident);
    archive("watch", value.watch);
    archive("member", value.member);
    archive("services", value.services);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(Worsened) {
    archive("incident", value.incident);
    archive("severity", value.severity);
    archive("detect", value.detect);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(Eased) {
    archive("incident", value.incident);
    archive("watch", value.watch);
    archive("severity", value.severity);
}
LEDGER_FIELDS(Relapsed) {
    archive("incident", value.incident);
    archive("watch", value.watch);
    archive("member", value.member);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(Restored) {
    archive("incident", value.incident);
    archive("restore", value.restore);
    archive("recover_confirm", value.recover_confirm);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(Voided) {
    archive("incident", value.incident);
    archive("reason", value.reason);
    archive("when", value.at);
}
LEDGER_FIELDS(Acknowledged) { archive("incident", value.incident); }
LEDGER_FIELDS(Noted) {
    archive("incident", value.incident);
    archive("fields", value.fields);
    archive("release", value.release);
}
LEDGER_FIELDS(Maintenance) {
    archive("id", value.id);
    archive("title", value.title);
    archive("services", value.services);
    archive("tenants", value.tenants);
    archive("start", value.start);
    archive("end", value.end);
    archive("declared", value.declared);
    archive("regular", value.regular);
    archive("lead", value.lead);
    archive("in_time", value.in_time);
}
LEDGER_FIELDS(MaintenanceDeclared) { archive("maintenance", value.maintenance); }
LEDGER_FIELDS(MaintenanceCancelled) {
    archive("id", value.id);
    archive("reason", value.reason);
    archive("when", value.at);
}
LEDGER_FIELDS(MaintenanceEnded) { archive("id", value.id); }
LEDGER_FIELDS(Uncovered) {
    archive("incident", value.incident);
    archive("detect", value.detect);
    archive("tenants", value.tenants);
}
LEDGER_FIELDS(Commanded) {
    archive("actor", value.actor);
    archive("origin", value.origin);
    archive("verb", value.verb);
    archive("subjects", value.subjects);
    archive("reason", value.reason);
}
LEDGER_FIELDS(WentLive) {
    (void)archive;
    (void)value;
}
LEDGER_FIELDS(ReloadRejected) { archive("reason", value.reason); }
LEDGER_FIELDS(Bounced) {
    archive("envelope", value.envelope);
    archive("diagnostic", value.diagnostic);
    archive("when", value.at);
}
LEDGER_FIELDS(DutiesArmed) { archive("duties", value.duties); }
LEDGER_FIELDS(DutyAtRisk) {
    archive("duty", value.duty);
    archive("percent", value.percent);
}
LEDGER_FIELDS(DutyMissed) {
    archive("duty", value.duty);
    archive("cause", value.cause);
    archive("elapsed", value.elapsed);
}
LEDGER_FIELDS(DutyVoided) {
    archive("duty", value.duty);
    archive("reason", value.reason);
}
LEDGER_FIELDS(DutySettled) { archive("duty", value.duty); }
LEDGER_FIELDS(NoticeComposed) { archive("notice", value.notice); }
LEDGER_FIELDS(DeliveryRecorded) { archive("delivery", value.delivery); }

#undef LEDGER_FIELDS

} // namespace ledger

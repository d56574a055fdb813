#include "tests/ledger/payload_samples.hpp"

namespace samples {

namespace {

using namespace std::chrono_literals;

model::Instant instant(std::int64_t number) {
    return {model::WallTime{model::Milliseconds{1'795'000'000'000 + number}}, model::Milliseconds{1'000 + number}, 0xfedcba9876543210ULL};
}

model::Member member() {
    return {.severity = model::Severity::fault,
            .reason = model::Reason::bad_status,
            .first_bad = instant(1),
            .detect = instant(2),
            .detail = "状態 503 \"quoted\"",
            .services = {"a"}};
}

model::Incident incident() {
    model::Incident made;
    made.id = "INC-20261123-07";
    made.kind = model::IncidentKind::blind;
    made.severity = model::Severity::performance;
    made.worst = model::Severity::line;
    made.services = {"a", "b"};
    made.tenants = {"acme", "globex"};
    made.members = {{"a/liveness", member()}};
    made.linked_to = "INC-20261122-01";
    made.reason = model::Reason::tls_failed;
    made.first_watch = "a/liveness";
    made.cross_checked = false;
    made.clock_doubtful = true;
    made.relapses = 3;
    made.occurrence = 4;
    made.reports = 5;
    made.last_good = instant(3);
    made.first_bad = instant(4);
    made.detect = instant(5);
    made.discover = instant(6);
    made.confirm = instant(7);
    made.restore = instant(8);
    made.recover_confirm = instant(9);
    made.acknowledged = true;
    made.void_reason = "false alarm";
    made.notes = {{"cause", "原因調査中"}};
    return made;
}

model::Duty duty() {
    model::Duty made;
    made.id = "INC-20261123-07/follow_up/2/tenant:acme";
    made.subject = "INC-20261123-07";
    made.stage = model::Stage::follow_up;
    made.ordinal = 2;
    made.recipient = {model::RecipientKind::tenant, "acme"};
    made.deadline = {
        .base = instant(10), .limit = 20min, .anchor = instant(11), .elapsed_at_anchor = 5s, .estimated = true, .clock_doubtful = true};
    made.release_after = 45min;
    made.contacts = {"c1", "c2"};
    made.state = model::DutyState::late;
    made.composed = made.bounced = made.breached = made.settled = true;
    made.risk_percent = 90;
    made.elapsed = 21min;
    made.accepted = instant(12);
    return made;
}

model::Notice notice() {
    model::Notice made;
    made.id = "N-20261123-0123456789abcdef";
    made.recipient = {model::RecipientKind::tenant, "acme"};
    made.stage = model::Stage::recovery;
    made.duties = {"d1", "d2"};
    made.subjects = {"INC-20261123-07"};
    made.language = model::Language::en;
    made.policy = model::ContactPolicy::all;
    made.composed = instant(13);
    made.subject = "【復旧報】ポータル";
    made.text = "line one\nline two\t\x01";
    made.html = "<p>&amp;</p>";
    made.data = R"({"type":"incident.recovery"})";
    made.envelopes = {
        {.id = "N/0", .contact = "c2", .channel = model::ChannelKind::webhook, .message_id = "msg_x", .order = 1, .in_reply_to = "root@x"}};
    made.supersedes = {"M/0"};
    made.fallback_text = true;
    return made;
}

model::Delivery delivery() {
    model::Delivery made;
    made.envelope = "N/0";
    made.outcome = model::DeliveryOutcome::unknown;
    made.attempt = 3;
    made.round = 2;
    made.relay = "relay1:587";
    made.step = "answer";
    made.code = 451;
    made.text = "4.3.0 later";
    made.tls = "TLSv1.3";
    made.sha256 = "ab";
    made.relay_fault = true;
    made.retry_after = 7s;
    made.began = instant(14);
    made.ended = instant(15);
    return made;
}

} // namespace

std::vector<model::Event> one_of_each() {
    const std::vector<model::Payload> payloads{
        model::Started{.version = "1.2.3", .after_crash = true, .last_heartbeat = instant(20)},
        model::Stopped{.reason = "SIGTERM"},
        model::ConfigurationLoaded{.sha256 = "cd", .watches = 3, .tenants = 2},
        model::ClockStepped{.step = -7'200s},
        model::LedgerUndurable{.cause = "full"},
        model::LedgerDurable{.queued = 4, .lost = 1},
        model::Sealed{.month = "2026-11", .last = 99},
        model::Suspected{.watch = "a/fault",
                         .watch_class = model::WatchClass::fault,
                         .reason = model::Reason::reset,
                         .last_good = instant(21),
                         .first_bad = instant(22),
                         .detect = instant(23),
                         .detail = "x"},
        model::Cleared{.watch = "a/fault", .first_bad = instant(24), .cleared = instant(25)},
        model::Confirmed{.watch = "a/performance",
                         .watch_class = model::WatchClass::performance,
                         .reason = model::Reason::too_slow,
                         .cross_checked = false,
                         .verified = false,
                         .first_bad = instant(26),
                         .detect = instant(27),
                         .confirm = instant(28)},
        model::Recovered{.watch = "a/fault", .restore = instant(29), .recover_confirm = instant(30)},
        model::Verified{.watch = "a/fault", .at = instant(31), .by_person = true},
        model::UnknownBegan{.watch = "a/fault", .watch_class = model::WatchClass::fault, .since = instant(32)},
        model::UnknownEnded{.watch = "a/fault", .at = instant(33)},
        model::RunsMissed{.watch = "a/fault", .count = 9, .gap = 10min},
        model::Opened{.incident = incident()},
        model::Joined{.incident = "I", .watch = "w", .member = member(), .services = {"s"}, .tenants = {"t"}},
        model::Worsened{.incident = "I", .severity = model::Severity::fault, .detect = instant(34), .tenants = {"t"}},
        model::Eased{.incident = "I", .watch = "w", .severity = model::Severity::performance},
        model::Relapsed{.incident = "I", .watch = "w", .member = member(), .tenants = {"t"}},
        model::Restored{.incident = "I", .restore = instant(35), .recover_confirm = instant(36), .tenants = {"t"}},
        model::DutiesArmed{.duties = {duty()}},
        model::DutyAtRisk{.duty = "d", .percent = 75},
        model::DutyMissed{.duty = "d", .cause = "relays_failed", .elapsed = 20min},
        model::DutyVoided{.duty = "d", .reason = "maintenance"},
        model::DutySettled{.duty = "d"},
        model::NoticeComposed{.notice = notice()},
        model::DeliveryRecorded{.delivery = delivery()},
        model::Voided{.incident = "I", .reason = "false alarm", .at = instant(37)},
        model::Acknowledged{.incident = "I"},
        model::Noted{.incident = "I", .fields = {{"cause", "a full disk"}}, .release = true},
        model::MaintenanceDeclared{.maintenance = {.id = "MNT-20261123-01",
                                                   .title = "database upgrade",
                                                   .services = {"s"},
                                                   .tenants = {"t"},
                                                   .start = instant(50).wall,
                                                   .end = instant(60).wall,
                                                   .declared = instant(38),
                                                   .regular = true,
                                                   .lead = 24h,
                                                   .in_time = true}},
        model::MaintenanceCancelled{.id = "MNT-20261123-01", .reason = "not needed", .at = instant(39)},
        model::MaintenanceEnded{.id = "MNT-20261123-01"},
        model::Uncovered{.incident = "I", .detect = instant(40), .tenants = {"t"}},
        model::Commanded{.actor = "sato", .origin = "control socket", .verb = "incident ack", .subjects = {"I"}, .reason = "on it"},
        model::WentLive{},
        model::ReloadRejected{.reason = "hinomi.yaml:3:1: unknown key"},
        model::Bounced{.envelope = "N/0", .diagnostic = "550 no such user", .at = instant(41)}};
    std::vector<model::Event> events;
    for (const auto& payload : payloads)
        events.push_back({events.size() + 1, instant(100 + static_cast<std::int64_t>(events.size())), payload});
    return events;
}

} // namespace samples

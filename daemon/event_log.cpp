#include "daemon/event_log.hpp"

#include "daemon/log_sink.hpp"
#include "ledger/codec.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <string>
#include <string_view>
#include <vector>

namespace hinomi {

namespace {

std::string_view word(model::DutyState state) {
    switch (state) {
    case model::DutyState::armed: return "armed";
    case model::DutyState::met: return "met";
    case model::DutyState::missed: return "missed";
    case model::DutyState::late: return "late";
    case model::DutyState::voided: return "void";
    }
    return "?";
}

std::string_view word(model::Severity severity) {
    switch (severity) {
    case model::Severity::performance: return "performance";
    case model::Severity::fault: return "fault";
    case model::Severity::stop: return "stop";
    case model::Severity::line: return "line";
    case model::Severity::blind: return "blind";
    }
    return "?";
}

std::string_view word(model::DeliveryOutcome outcome) {
    switch (outcome) {
    case model::DeliveryOutcome::accepted: return "accepted";
    case model::DeliveryOutcome::retry: return "to be tried again";
    case model::DeliveryOutcome::refused: return "refused";
    case model::DeliveryOutcome::unknown: return "unknown";
    case model::DeliveryOutcome::undeliverable: return "given up";
    }
    return "?";
}

/// Writes the line for each kind of event; the ones that only matter to the folds have none.
struct Line {
    void operator()(const model::Suspected& e) const { spdlog::info("{}: suspected: {}", e.watch, e.detail); }
    void operator()(const model::Cleared& e) const { spdlog::info("{}: blip, passes again", e.watch); }
    void operator()(const model::Confirmed& e) const {
        spdlog::warn("{}: confirmed bad{}{}", e.watch, e.cross_checked ? "" : ", not cross-checked",
                     e.verified ? "" : ", never passed yet");
    }
    void operator()(const model::Recovered& e) const { spdlog::info("{}: recovered", e.watch); }
    void operator()(const model::Verified& e) const { spdlog::info("{}: passed for the first time", e.watch); }
    void operator()(const model::UnknownBegan& e) const { spdlog::warn("{}: unknown, every reference is silent", e.watch); }
    void operator()(const model::UnknownEnded& e) const { spdlog::info("{}: seen again", e.watch); }
    void operator()(const model::RunsMissed& e) const { spdlog::warn("{}: {} runs missed", e.watch, e.count); }
    void operator()(const model::Opened& e) const {
        spdlog::warn("{}: opened, {}, services {}", e.incident.id, word(e.incident.severity), fmt::join(e.incident.services, ", "));
    }
    void operator()(const model::Worsened& e) const { spdlog::warn("{}: worsened to {}", e.incident, word(e.severity)); }
    void operator()(const model::Relapsed& e) const { spdlog::warn("{}: relapsed by {}", e.incident, e.watch); }
    void operator()(const model::Restored& e) const { spdlog::info("{}: restored", e.incident); }
    void operator()(const model::Voided& e) const { spdlog::warn("{}: void: {}", e.incident, e.reason); }
    void operator()(const model::Acknowledged& e) const { spdlog::info("{}: acknowledged", e.incident); }
    void operator()(const model::Noted& e) const {
        spdlog::info("{}: {} facts noted{}", e.incident, e.fields.size(), e.release ? ", the follow-up is released" : "");
    }
    void operator()(const model::MaintenanceDeclared& e) const {
        spdlog::info("{}: maintenance declared, {} services, {} tenants", e.maintenance.id, e.maintenance.services.size(),
                     e.maintenance.tenants.size());
    }
    void operator()(const model::MaintenanceCancelled& e) const { spdlog::info("{}: maintenance cancelled: {}", e.id, e.reason); }
    void operator()(const model::MaintenanceEnded& e) const { spdlog::info("{}: maintenance ended", e.id); }
    void operator()(const model::Uncovered& e) const {
        spdlog::warn("{}: is told to {} more tenants, new ones or after their maintenance", e.incident, e.tenants.size());
    }
    void operator()(const model::Commanded& e) const {
        spdlog::info("{} by {} ({}){}{}", e.verb, e.actor, fmt::join(e.subjects, ", "), e.reason.empty() ? "" : ": ", e.reason);
    }
    void operator()(const model::WentLive&) const { spdlog::warn("the rehearsal is over: customers are told from now on"); }
    void operator()(const model::ReloadRejected& e) const {
        spdlog::error("the new configuration is rejected: {}", joined_lines(e.reason));
    }
    void operator()(const model::Bounced& e) const { spdlog::warn("{}: came back: {}", e.envelope, e.diagnostic); }
    void operator()(const model::DutyAtRisk& e) const {
        constexpr std::uint32_t hopeless = 100;  // incidents/plan.cpp: nobody is left to be told
        if (e.percent >= hopeless) spdlog::error("{}: every contact has refused; nobody is left to be told", e.duty);
        else spdlog::warn("{}: {} % of its limit have passed", e.duty, e.percent);
    }
    void operator()(const model::DutyMissed& e) const { spdlog::error("{}: MISSED ({})", e.duty, e.cause); }
    void operator()(const model::NoticeComposed& e) const {
        spdlog::info("{}: composed for {} duties, {} envelopes", e.notice.id, e.notice.duties.size(), e.notice.envelopes.size());
        if (e.notice.fallback_text) spdlog::error("{}: a template is broken; the built-in text was used", e.notice.id);
    }
    void operator()(const model::DeliveryRecorded& e) const {
        const auto& d = e.delivery;
        const auto level = d.outcome == model::DeliveryOutcome::accepted ? spdlog::level::info : spdlog::level::warn;
        spdlog::log(level, "{}: attempt {} by {} {} at {}: {} {}", d.envelope, d.attempt, d.relay, word(d.outcome), d.step, d.code, d.text);
    }
    void operator()(const model::LedgerUndurable& e) const {
        spdlog::critical("the ledger cannot be written: {}; notices go on from memory", e.cause);
    }
    void operator()(const model::LedgerDurable& e) const {
        spdlog::warn("the ledger can be written again; {} events were queued, {} records lost", e.queued, e.lost);
    }
    template <typename Other> void operator()(const Other&) const {}
};

/// What an event is about, as fields of the journal.
struct Fields {
    std::vector<std::string>& fields;

    void add(std::string_view name, const std::string& value) const {
        if (!value.empty()) fields.push_back(fmt::format("HINOMI_{}={}", name, value));
    }
    template <typename Payload> void operator()(const Payload& e) const {
        if constexpr (requires { e.incident.id; }) add("INCIDENT", e.incident.id);
        else if constexpr (requires { add("", e.incident); }) add("INCIDENT", e.incident);
        if constexpr (requires { e.watch; }) add("WATCH", e.watch);
        if constexpr (requires { e.duty; }) add("DUTY", e.duty);
        if constexpr (requires { e.envelope; }) add("ENVELOPE", e.envelope);
        if constexpr (requires { e.notice.id; }) add("NOTICE", e.notice.id);
        if constexpr (requires { e.maintenance.id; }) add("MAINTENANCE", e.maintenance.id);
        if constexpr (requires { e.delivery; }) {
            add("ENVELOPE", e.delivery.envelope);
            add("RELAY", e.delivery.relay);
        }
        if constexpr (requires { e.actor; }) add("ACTOR", e.actor);
    }
};

std::vector<std::string> fields_of(const model::Event& event) {
    if (!LogFields::wanted()) return {};
    std::vector<std::string> fields{fmt::format("HINOMI_EVENT={}", ledger::kind_of(event.payload)),
                                    fmt::format("HINOMI_SEQUENCE={}", event.sequence)};
    std::visit(Fields{fields}, event.payload);
    return fields;
}

} // namespace

void log_event(const model::Event& event, const std::vector<incidents::DutyTransition>& transitions) {
    if (!spdlog::should_log(spdlog::level::critical)) return;  // the simulator writes none
    const LogFields fields(fields_of(event));
    std::visit(Line{}, event.payload);
    for (const auto& transition : transitions) {
        if (transition.to == model::DutyState::missed) continue;  // its own event said so
        spdlog::info("{}: {} -> {}", transition.duty, word(transition.from), word(transition.to));
    }
}

} // namespace hinomi

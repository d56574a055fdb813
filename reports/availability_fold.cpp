#include "reports/availability_fold.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace reports {

namespace {

bool is_critical(model::WatchClass watch_class) { return watch_class != model::WatchClass::performance; }

bool stops_service(model::Severity severity) { return severity == model::Severity::stop || severity == model::Severity::fault; }

} // namespace

const AvailabilityFold::Trouble& AvailabilityFold::WatchFacts::trouble() const {
    static const Trouble none;
    return trouble_ ? *trouble_ : none;
}

AvailabilityFold::Trouble& AvailabilityFold::WatchFacts::in_trouble() {
    if (!trouble_) trouble_ = Trouble{};
    return *trouble_;
}

bool AvailabilityFold::WatchFacts::is_well() const { return !trouble().failing_since && !trouble().unknown_since; }

void AvailabilityFold::WatchFacts::drop_trouble_that_is_over() {
    if (trouble() == Trouble{}) trouble_.reset();
}

void AvailabilityFold::declare(const std::vector<const model::Watch*>& watches, const model::Directory& directory) {
    for (auto& [id, facts] : watches_) {
        facts.interval = model::ShortMilliseconds{0};
        facts.services = {};
    }
    for (const auto* watch : watches) {
        auto& facts = watches_[watch->id];
        facts.services = watch->services;
        facts.interval = watch->interval;
        facts.critical = is_critical(watch->watch_class);
    }
    for (const auto* watch : watches) {
        if (watch->was->empty() || watches_[watch->was].interval.count() > 0) continue;
        auto& before = watches_[watch->was];  // what it is known for by its old name is of the same services
        before.services = watch->services;
        before.critical = is_critical(watch->watch_class);
    }
    tenants_of_ = directory.tenants_of;
    for (const auto& [name, service] : directory.services) sheets_.try_emplace(name);
    for (auto& [name, sheet] : sheets_) {
        sheet.intervals.clear();
        sheet.open.clear();
        sheet.down.reset();
        sheet.unknown.reset();
    }
    for (const auto& [id, facts] : watches_) {
        if (!facts.is_well()) list_as_open(id, facts);
        if (!facts.critical || facts.interval.count() == 0) continue;
        for (const auto& service : *facts.services) sheets_[service].intervals.insert(facts.interval);
        if (facts.passed) first_pass(facts, *facts.passed);
    }
}

void AvailabilityFold::apply(const model::Event& event) {
    std::visit([&](const auto& payload) { fold(event, payload); }, event.payload);
}

bool AvailabilityFold::wants(std::string_view kind) const {
    static constexpr std::array<std::string_view, 9> others{"duties_armed", "duty_at_risk", "duty_missed", "duty_voided", "duty_settled",
                                                            "suspected",    "cleared",      "worsened",    "sealed"};
    if (kind == "delivery_recorded") return !announcements_.empty();
    if (kind == "notice_composed") return !windows_.empty();
    return std::ranges::find(others, kind) == others.end();
}

void AvailabilityFold::seen_before(const std::string& watch, std::optional<model::WallTime> failing_since,
                                   std::optional<model::WallTime> unknown_since) {
    auto& facts = watches_[watch];
    facts.passed = Interval::always;
    first_pass(facts, Interval::always);
    if (failing_since && !facts.trouble().failing_since) facts.in_trouble().failing_since = failing_since;
    if (unknown_since && !facts.trouble().unknown_since) facts.in_trouble().unknown_since = unknown_since;
    if (!facts.is_well()) list_as_open(watch, facts);
    touch(services_of(facts));
}

const std::vector<std::string>& AvailabilityFold::services_of(const WatchFacts& facts) const {
    static const std::vector<std::string> none;
    if (!facts.services->empty()) return *facts.services;
    const auto found = incident_services_.find(facts.trouble().incident);
    return found == incident_services_.end() ? none : found->second;
}

void AvailabilityFold::touch(const std::vector<std::string>& services) {
    for (const auto& service : services) {
        auto& sheet = sheets_[service];
        sheet.down.reset();
        sheet.unknown.reset();
    }
}

void AvailabilityFold::list_as_open(const std::string& watch, const WatchFacts& facts) {
    for (const auto& service : services_of(facts)) sheets_[service].open.insert(watch);
}

void AvailabilityFold::strike_if_well(const std::string& watch, const WatchFacts& facts, const std::vector<std::string>& services) {
    if (!facts.is_well()) return;
    for (const auto& service : services) sheets_[service].open.erase(watch);
}

void AvailabilityFold::add_unknown(const std::vector<std::string>& services, Interval interval) {
    for (const auto& service : services) sheets_[service].spells.add(interval);
    touch(services);
}

void AvailabilityFold::first_pass(const WatchFacts& facts, model::WallTime at) {
    if (!facts.critical) return;
    for (const auto& service : *facts.services) {
        auto& first = sheets_[service].first_pass;
        first = std::min(first.value_or(at), at);
    }
    touch(*facts.services);
}

void AvailabilityFold::end_failure(const std::string& watch, WatchFacts& facts, model::WallTime at) {
    const auto services = services_of(facts);
    auto& trouble = facts.in_trouble();
    const Interval interval{trouble.failing_since.value_or(Interval::always), at};
    if (facts.critical && trouble.failure == Failure::outage) {
        for (const auto& service : services) sheets_[service].outages.push_back({interval, trouble.incident});
    }
    if (facts.critical && trouble.failure == Failure::unverified) add_unknown(services, interval);
    touch(services);
    trouble = {.failing_since = {}, .unknown_since = trouble.unknown_since, .failure = Failure::outage, .incident = {}};
    facts.drop_trouble_that_is_over();
    strike_if_well(watch, facts, services);
}

void AvailabilityFold::end_unknown(const std::string& watch, WatchFacts& facts, model::WallTime at) {
    const auto services = services_of(facts);
    if (facts.critical) add_unknown(services, {facts.trouble().unknown_since.value_or(Interval::always), at});
    facts.in_trouble().unknown_since.reset();
    facts.drop_trouble_that_is_over();
    strike_if_well(watch, facts, services);
}

// --- the daemon's own life

void AvailabilityFold::fold(const model::Event& event, const model::Started& payload) {
    auto from = std::exchange(stopped_, std::nullopt);
    if (!from && payload.last_heartbeat != model::Instant{}) from = payload.last_heartbeat.wall;
    const auto lasted = from ? event.time.wall - *from : model::Milliseconds{0};
    for (auto& [name, sheet] : sheets_) {
        sheet.unknown.reset();
        if (lasted.count() <= 0) continue;
        // the longest interval that was skipped: its watch was looked at last
        const auto longer = sheet.intervals.lower_bound(lasted);
        const auto after = longer == sheet.intervals.begin() ? model::Milliseconds{0} : *std::prev(longer);
        sheet.spells.add({*from, event.time.wall + after});
    }
}

void AvailabilityFold::fold(const model::Event& event, const model::Stopped&) {
    stopped_ = event.time.wall;
    for (auto& [name, sheet] : sheets_) sheet.unknown.reset();
}

// --- watches

void AvailabilityFold::fold(const model::Event&, const model::Verified& payload) {
    auto& facts = watches_[payload.watch];
    if (payload.by_person) {
        if (facts.trouble().failure == Failure::unverified) facts.in_trouble().failure = Failure::outage;
        touch(services_of(facts));
        return;
    }
    if (!facts.passed) facts.passed = payload.at.wall;
    first_pass(facts, payload.at.wall);
}

void AvailabilityFold::fold(const model::Event&, const model::Confirmed& payload) {
    auto& facts = watches_[payload.watch];
    facts.critical = is_critical(payload.watch_class);
    facts.in_trouble().failing_since = payload.first_bad.wall;
    facts.in_trouble().failure = payload.verified ? Failure::outage : Failure::unverified;
    list_as_open(payload.watch, facts);
    touch(services_of(facts));
}

void AvailabilityFold::fold(const model::Event&, const model::Recovered& payload) {
    end_failure(payload.watch, watches_[payload.watch], payload.restore.wall);
}

void AvailabilityFold::fold(const model::Event&, const model::UnknownBegan& payload) {
    auto& facts = watches_[payload.watch];
    facts.critical = is_critical(payload.watch_class);
    facts.in_trouble().unknown_since = payload.since.wall;
    list_as_open(payload.watch, facts);
    touch(services_of(facts));
}

void AvailabilityFold::fold(const model::Event&, const model::UnknownEnded& payload) {
    end_unknown(payload.watch, watches_[payload.watch], payload.at.wall);
}

void AvailabilityFold::fold(const model::Event& event, const model::RunsMissed& payload) {
    const auto& facts = watches_[payload.watch];
    if (!facts.critical) return;
    const model::Milliseconds declared = facts.interval;
    const auto interval = declared.count() > 0 ? declared : payload.gap / (payload.count + 1);
    // without a gap it had not been looked at since the process began: what it missed is all there is to go by
    const auto unseen = payload.gap.count() > 0 ? payload.gap - 2 * interval : interval * (payload.count + std::int64_t{1});
    add_unknown(services_of(facts), {event.time.wall - unseen, event.time.wall});
}

// --- incidents

void AvailabilityFold::join(const model::IncidentId& incident, const std::string& watch, const model::Member& member) {
    if (watch == model::by_hand) {
        if (!stops_service(member.severity)) return;
        const auto& services = incident_services_[incident];
        by_hand_[incident] = {member.first_bad.wall, services};
        for (const auto& service : services) sheets_[service].by_hand.insert(incident);
        touch(services);
        return;
    }
    auto& facts = watches_[watch];
    facts.in_trouble().incident = incident;
    if (facts.trouble().failing_since) list_as_open(watch, facts);  // one that is not declared is known by its incident's services
    touch(services_of(facts));
}

void AvailabilityFold::fold(const model::Event&, const model::Opened& payload) {
    const auto& incident = payload.incident;
    if (incident.kind != model::IncidentKind::customer && incident.kind != model::IncidentKind::unverified) return;
    incident_services_[incident.id] = incident.services;
    for (const auto& [watch, member] : incident.members) {
        join(incident.id, watch, member);
        // a person took it up: its failures were real
        if (incident.kind == model::IncidentKind::customer && watch != model::by_hand)
            watches_[watch].in_trouble().failure = Failure::outage;
    }
}

void AvailabilityFold::fold(const model::Event&, const model::Joined& payload) {
    const auto services = incident_services_.find(payload.incident);
    if (services == incident_services_.end()) return;  // blind, line: nobody's outage
    for (const auto& service : payload.services) {
        if (std::ranges::find(services->second, service) == services->second.end()) services->second.push_back(service);
    }
    join(payload.incident, payload.watch, payload.member);
}

void AvailabilityFold::fold(const model::Event&, const model::Relapsed& payload) { join(payload.incident, payload.watch, payload.member); }

void AvailabilityFold::fold(const model::Event& event, const model::Eased& payload) {
    if (payload.watch == model::by_hand) return end_by_hand(payload.incident, event.time.wall);
    auto& facts = watches_[payload.watch];
    // it left the configuration while it failed: what follows is told by people
    if (facts.trouble().failing_since && facts.trouble().incident == payload.incident) end_failure(payload.watch, facts, event.time.wall);
}

void AvailabilityFold::fold(const model::Event&, const model::Restored& payload) { end_by_hand(payload.incident, payload.restore.wall); }

void AvailabilityFold::end_by_hand(const model::IncidentId& incident, model::WallTime at) {
    const auto found = by_hand_.find(incident);
    if (found == by_hand_.end()) return;
    for (const auto& service : found->second.services) {
        auto& sheet = sheets_[service];
        sheet.outages.push_back({{found->second.from, at}, incident});
        sheet.by_hand.erase(incident);
    }
    touch(found->second.services);
    by_hand_.erase(found);
}

void AvailabilityFold::fold(const model::Event& event, const model::Voided& payload) {
    end_by_hand(payload.incident, event.time.wall);
    for (auto& [name, sheet] : sheets_) {
        std::erase_if(sheet.outages, [&](const Outage& outage) { return outage.incident == payload.incident; });
        for (const auto& watch : sheet.open) {
            auto& trouble = watches_.at(watch).in_trouble();
            if (trouble.failing_since && trouble.incident == payload.incident && trouble.failure == Failure::outage)
                trouble.failure = Failure::voided;
        }
        sheet.down.reset();
        sheet.unknown.reset();
    }
}

} // namespace reports

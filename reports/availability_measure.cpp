#include "reports/availability_fold.hpp"

#include <algorithm>

namespace reports {

// --- maintenance

void AvailabilityFold::fold(const model::Event&, const model::MaintenanceDeclared& payload) {
    windows_[payload.maintenance.id].maintenance = payload.maintenance;
}

void AvailabilityFold::fold(const model::Event&, const model::MaintenanceCancelled& payload) {
    const auto found = windows_.find(payload.id);
    if (found == windows_.end()) return;
    auto& window = found->second;
    window.cancelled = payload.at.wall <= window.maintenance.start;
    window.maintenance.end = std::min(window.maintenance.end, payload.at.wall);
}

void AvailabilityFold::fold(const model::Event&, const model::NoticeComposed& payload) {
    const auto& notice = payload.notice;
    if (notice.stage != model::Stage::maintenance || notice.recipient.kind != model::RecipientKind::tenant) return;
    for (const auto& subject : notice.subjects) {
        if (!windows_.contains(subject)) continue;
        for (const auto& envelope : notice.envelopes) announcements_[envelope.id].emplace_back(subject, notice.recipient.name);
    }
}

void AvailabilityFold::fold(const model::Event&, const model::DeliveryRecorded& payload) {
    const auto found = announcements_.find(payload.delivery.envelope);
    if (found == announcements_.end() || payload.delivery.outcome != model::DeliveryOutcome::accepted) return;
    for (const auto& [id, tenant] : found->second) {
        if (const auto window = windows_.find(id); window != windows_.end())
            window->second.announced.try_emplace(tenant, payload.delivery.ended.wall);
    }
    announcements_.erase(found);
}

/// What was announced in the rehearsal no customer has seen.
void AvailabilityFold::fold(const model::Event&, const model::WentLive&) {
    announcements_.clear();
    for (auto& [id, window] : windows_) window.announced.clear();
}

/// Declared with the lead that was agreed, and announced to this tenant before it began (semantics 2).
bool AvailabilityFold::applies(const Window& window, const std::string& service, const std::string& tenant) const {
    const auto& maintenance = window.maintenance;
    if (window.cancelled || !std::ranges::binary_search(maintenance.services, service)) return false;
    if (!maintenance.in_time) return false;
    if (maintenance.regular || tenant.empty()) return true;  // agreed with everybody, or a service without customers
    if (!std::ranges::binary_search(maintenance.tenants, tenant)) return false;
    const auto told = window.announced.find(tenant);
    return told != window.announced.end() && told->second <= maintenance.start;
}

IntervalSet AvailabilityFold::maintenance(const std::string& service, const std::string& tenant) const {
    IntervalSet result;
    for (const auto& [id, window] : windows_) {
        if (applies(window, service, tenant)) result.add({window.maintenance.start, window.maintenance.end});
    }
    return result;
}

// --- putting together

IntervalSet AvailabilityFold::put_down_together(const Sheet& sheet) const {
    IntervalSet result;
    for (const auto& outage : sheet.outages) result.add(outage.interval);
    for (const auto& incident : sheet.by_hand) result.add({by_hand_.at(incident).from, Interval::forever});
    for (const auto& watch : sheet.open) {
        const auto& facts = watches_.at(watch);
        const auto& trouble = facts.trouble();
        if (facts.critical && trouble.failing_since && trouble.failure == Failure::outage)
            result.add({*trouble.failing_since, Interval::forever});
    }
    return result;
}

IntervalSet AvailabilityFold::put_unknown_together(const Sheet& sheet) const {
    auto result = sheet.spells;
    result.add({Interval::always, sheet.first_pass.value_or(Interval::forever)});
    for (const auto& watch : sheet.open) {
        const auto& facts = watches_.at(watch);
        if (!facts.critical) continue;
        const auto& trouble = facts.trouble();
        if (trouble.unknown_since) result.add({*trouble.unknown_since, Interval::forever});
        if (trouble.failing_since && trouble.failure == Failure::unverified) result.add({*trouble.failing_since, Interval::forever});
    }
    if (stopped_) result.add({*stopped_, Interval::forever});
    return result;
}

const IntervalSet& AvailabilityFold::down(const std::string& service) const {
    static const IntervalSet none;
    const auto found = sheets_.find(service);
    if (found == sheets_.end()) return none;
    if (!found->second.down) found->second.down = put_down_together(found->second);
    return *found->second.down;
}

const IntervalSet& AvailabilityFold::unknown(const std::string& service) const {
    static const IntervalSet everything{{Interval::always, Interval::forever}};
    const auto found = sheets_.find(service);
    if (found == sheets_.end()) return everything;
    if (!found->second.unknown) found->second.unknown = put_unknown_together(found->second);
    return *found->second.unknown;
}

Availability AvailabilityFold::measure(const std::string& service, const std::string& tenant, const IntervalSet& hours) const {
    return reports::measure(
        {.hours = hours, .maintenance = maintenance(service, tenant), .down = down(service), .unknown = unknown(service)});
}

Availability AvailabilityFold::measure(const std::string& service, const IntervalSet& hours) const {
    const auto tenants = tenants_of_.find(service);
    if (tenants == tenants_of_.end() || tenants->second.empty()) return measure(service, "", hours);
    std::optional<Availability> least;
    for (const auto& tenant : tenants->second) {
        const auto figures = measure(service, tenant, hours);
        if (!least || worst(figures).value_or(2) < worst(*least).value_or(2)) least = figures;
    }
    return *least;
}

void AvailabilityFold::forget_before(model::WallTime time) {
    std::erase_if(windows_, [time](const auto& each) { return each.second.maintenance.end <= time; });
    std::erase_if(announcements_, [this](const auto& each) {
        return std::ranges::none_of(each.second, [this](const auto& about) { return windows_.contains(about.first); });
    });
    std::set<model::IncidentId> used;
    for (const auto& [incident, opened] : by_hand_) used.insert(incident);
    for (const auto& [watch, facts] : watches_) used.insert(facts.trouble().incident);
    for (auto& [name, sheet] : sheets_) {
        std::erase_if(sheet.outages, [time](const Outage& outage) { return outage.interval.to <= time; });
        for (const auto& outage : sheet.outages) used.insert(outage.incident);
        sheet.spells.forget_before(time);
        sheet.down.reset();
        sheet.unknown.reset();
    }
    std::erase_if(incident_services_, [&](const auto& each) { return !used.contains(each.first); });
}

} // namespace reports

#include "tests/reports/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace {

constexpr std::int64_t milliseconds = 60'000;
constexpr std::int64_t beginning = 1'790'000'000'000;  // some day in 2026

} // namespace

model::WallTime minute_time(std::int64_t minute) { return model::WallTime{model::Milliseconds{beginning + minute * milliseconds}}; }

model::Instant minute_instant(std::int64_t minute) {
    return {.wall = minute_time(minute), .boot = model::Milliseconds{minute * milliseconds}, .boot_id = 1};
}

reports::Interval minutes(std::int64_t from, std::int64_t to) { return {minute_time(from), minute_time(to)}; }

std::string shown(const reports::IntervalSet& set) {
    const auto side = [](model::WallTime time) {
        if (time == reports::Interval::always || time == reports::Interval::forever) return std::string{};
        return fmt::format("{}", static_cast<double>((time - minute_time(0)).count()) / milliseconds);
    };
    std::string text;
    for (const auto& interval : set.intervals()) text += (text.empty() ? "" : " ") + side(interval.from) + "-" + side(interval.to);
    return text;
}

void History::append(std::int64_t at, model::Payload payload) {
    events_.push_back({.sequence = events_.size() + 1, .time = minute_instant(at), .payload = std::move(payload)});
}

void History::watch(const std::string& id, const std::string& service, model::WatchClass watch_class, std::int64_t interval) {
    model::Watch watch;
    watch.id = id;
    watch.watch_class = watch_class;
    watch.services = std::vector{service};
    watch.interval = model::Milliseconds{interval * milliseconds};
    watches_.push_back(std::move(watch));
    directory_.services[service].name = service;
}

void History::undeclare(const std::string& id) {
    std::erase_if(watches_, [&](const model::Watch& watch) { return watch.id == id; });
}

void History::tenants(const std::string& service, std::vector<std::string> names) { directory_.tenants_of[service] = std::move(names); }

void History::started(std::int64_t at, std::int64_t last_heartbeat) {
    model::Started payload;
    if (last_heartbeat >= 0) payload.last_heartbeat = minute_instant(last_heartbeat);
    append(at, payload);
}
void History::stopped(std::int64_t at) { append(at, model::Stopped{.reason = "SIGTERM"}); }
void History::passed_first(std::int64_t at, const std::string& watch, bool by_person) {
    append(at, model::Verified{.watch = watch, .at = minute_instant(at), .by_person = by_person});
}
model::WatchClass History::class_of(const std::string& watch) const {
    const auto declared = std::ranges::find(watches_, watch, &model::Watch::id);
    return declared == watches_.end() ? model::WatchClass::liveness : declared->watch_class;
}
void History::confirmed(std::int64_t at, const std::string& watch, std::int64_t first_bad, bool verified) {
    model::Confirmed payload;
    payload.watch = watch;
    payload.watch_class = class_of(watch);
    payload.verified = verified;
    payload.first_bad = minute_instant(first_bad);
    append(at, payload);
}
void History::recovered(std::int64_t at, const std::string& watch, std::int64_t restore) {
    append(at, model::Recovered{.watch = watch, .restore = minute_instant(restore), .recover_confirm = minute_instant(at)});
}
void History::unknown_began(std::int64_t at, const std::string& watch, std::int64_t since) {
    append(at, model::UnknownBegan{.watch = watch, .watch_class = class_of(watch), .since = minute_instant(since)});
}
void History::unknown_ended(std::int64_t at, const std::string& watch) {
    append(at, model::UnknownEnded{.watch = watch, .at = minute_instant(at)});
}
void History::runs_missed(std::int64_t at, const std::string& watch, std::int64_t gap, std::uint32_t count) {
    append(at, model::RunsMissed{.watch = watch, .count = count, .gap = model::Milliseconds{gap * milliseconds}});
}
void History::opened(std::int64_t at, const std::string& incident, const std::string& service, const std::string& watch,
                     std::int64_t first_bad, model::IncidentKind kind, model::Severity severity) {
    model::Incident opened;
    opened.id = incident;
    opened.kind = kind;
    opened.severity = severity;
    opened.services = {service};
    opened.first_bad = minute_instant(first_bad);
    opened.members[watch].severity = severity;
    opened.members[watch].first_bad = minute_instant(first_bad);
    append(at, model::Opened{opened});
}
void History::joined(std::int64_t at, const std::string& incident, const std::string& watch, std::int64_t first_bad) {
    model::Joined payload;
    payload.incident = incident;
    payload.watch = watch;
    payload.member.first_bad = minute_instant(first_bad);
    append(at, payload);
}
void History::eased(std::int64_t at, const std::string& incident, const std::string& watch) {
    append(at, model::Eased{.incident = incident, .watch = watch});
}
void History::restored(std::int64_t at, const std::string& incident, std::int64_t restore) {
    model::Restored payload;
    payload.incident = incident;
    payload.restore = minute_instant(restore);
    payload.recover_confirm = minute_instant(at);
    append(at, payload);
}
void History::voided(std::int64_t at, const std::string& incident) {
    append(at, model::Voided{.incident = incident, .reason = "a test", .at = minute_instant(at)});
}
void History::maintenance(std::int64_t at, const std::string& id, const std::string& service, std::int64_t from, std::int64_t to,
                          bool in_time, bool regular) {
    model::Maintenance window;
    window.id = id;
    window.services = {service};
    window.tenants = directory_.tenants_of[service];
    window.start = minute_time(from);
    window.end = minute_time(to);
    window.declared = minute_instant(at);
    window.regular = regular;
    window.in_time = in_time;
    append(at, model::MaintenanceDeclared{window});
}
void History::announced(std::int64_t at, const std::string& maintenance, const std::string& tenant) {
    model::Notice notice;
    notice.stage = model::Stage::maintenance;
    notice.recipient.name = tenant;
    notice.subjects = {maintenance};
    notice.envelopes.emplace_back().id = maintenance + tenant;
    append(at, model::NoticeComposed{notice});
    model::Delivery delivery;
    delivery.envelope = maintenance + tenant;
    delivery.outcome = model::DeliveryOutcome::retry;
    append(at, model::DeliveryRecorded{delivery});
    delivery.outcome = model::DeliveryOutcome::accepted;
    delivery.ended = minute_instant(at);
    append(at, model::DeliveryRecorded{delivery});
}
void History::went_live(std::int64_t at) { append(at, model::WentLive{}); }
void History::cancelled(std::int64_t at, const std::string& maintenance) {
    append(at, model::MaintenanceCancelled{.id = maintenance, .reason = "", .at = minute_instant(at)});
}

std::vector<const model::Watch*> History::declared() const {
    std::vector<const model::Watch*> result;
    for (const auto& watch : watches_) result.push_back(&watch);
    return result;
}

reports::AvailabilityFold History::fold() const {
    reports::AvailabilityFold fold;
    fold.declare(declared(), directory_);
    for (const auto& event : events_) fold.apply(event);
    return fold;
}

#include "daemon/statistics.hpp"

#include "daemon/schedule.hpp"

#include <nlohmann/json.hpp>

namespace hinomi {

namespace {

using nlohmann::json;

ledger::Record statistics_record(const model::Watch& watch, model::WallTime began, model::WallTime ended, json counts) {
    counts["began"] = began.time_since_epoch().count();
    counts["ended"] = ended.time_since_epoch().count();
    return {.kind = ledger::RecordKind::statistics, .time = ended, .subject = watch.id, .payload = counts.dump()};
}

} // namespace

std::optional<ledger::Record> Statistics::add(const model::Watch& watch, const model::Observation& observation) {
    Span& span = spans_[observation.watch];
    std::optional<ledger::Record> closed;
    const auto boot = observation.started.boot;
    if (boot >= span.until) {
        if (span.passed + span.failed + span.silent > 0) {
            json sketch = json::array();
            for (const auto& [bucket, count] : span.latency.buckets) sketch.push_back({bucket, count});
            closed = statistics_record(watch, span.began, observation.started.wall,
                                       {{"passed", span.passed}, {"failed", span.failed}, {"silent", span.silent}, {"sketch", sketch}});
        }
        const auto phase = phase_of(watch.id, period);
        span = {};
        span.until = boot - (boot - phase) % period + period;
        span.began = observation.started.wall;
    }
    switch (observation.outcome) {
    case model::Outcome::passed:
        ++span.passed;
        span.latency.add(observation.duration);
        break;
    case model::Outcome::failed: ++span.failed; break;
    case model::Outcome::silent: ++span.silent; break;
    }
    return closed;
}

ledger::Record sample_record(const model::Watch& watch, const model::Observation& observation) {
    const json sample = {{"version", model::Observation::format_version},
                         {"started", observation.started.wall.time_since_epoch().count()},
                         {"completed", observation.completed.wall.time_since_epoch().count()},
                         {"outcome", static_cast<int>(observation.outcome)},
                         {"reason", static_cast<int>(observation.reason)},
                         {"cross_check", static_cast<int>(observation.cross_check)},
                         {"vantage", observation.vantage},
                         {"status", observation.status},
                         {"duration_us", observation.duration.count()},
                         {"detail", observation.detail}};
    return {.kind = ledger::RecordKind::sample,
            .time = observation.completed.wall,
            .subject = watch.id,
            .payload = sample.dump(-1, ' ', false, json::error_handler_t::replace)};
}

} // namespace hinomi

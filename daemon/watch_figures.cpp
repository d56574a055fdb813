#include "daemon/watch_figures.hpp"

#include "ledger/codec_words.hpp"
#include "web/metric_text.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace hinomi {

namespace {

/// What distinguishes it from its siblings: the third part of `asset/class/name`.
std::string_view name_of(const model::Watch& watch) {
    const auto prefix = model::asset_of(watch).size() + ledger::word_of(watch.watch_class).size() + 2;
    return watch.id.size() > prefix ? std::string_view(watch.id).substr(prefix) : std::string_view{};
}

std::uint32_t clamped(std::int64_t number) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, std::numeric_limits<std::uint32_t>::max()));
}

} // namespace

std::uint16_t WatchFigures::Generation::kind_index(const std::string& kind) {
    const auto found = std::ranges::find(kinds_, kind);
    if (found == kinds_.end()) kinds_.push_back(kind);
    return static_cast<std::uint16_t>(std::ranges::find(kinds_, kind) - kinds_.begin());
}

void WatchFigures::declare(const std::vector<Declared>& watches, bool full) {
    const auto old = std::exchange(now_, std::make_shared<Generation>());
    auto& next = *now_;
    std::unordered_map<std::string_view, std::size_t> places;
    for (std::size_t index = 0; index < old->size(); ++index) places.emplace(old->labels(index), index);
    next.basic_.resize(watches.size());
    if (full) next.full_.resize(watches.size());
    next.label_ends_.reserve(watches.size() + 1);
    for (std::size_t index = 0; index < watches.size(); ++index) {
        if (watches[index].watch == nullptr) {
            next.label_ends_.push_back(static_cast<std::uint32_t>(next.labels_.size()));
            continue;
        }
        const auto& watch = *watches[index].watch;
        std::string text;
        web::append_label(text, "target", model::asset_of(watch));
        web::append_label(text, "class", ledger::word_of(watch.watch_class));
        if (const auto name = name_of(watch); !name.empty()) web::append_label(text, "name", name);
        next.labels_ += text;
        next.label_ends_.push_back(static_cast<std::uint32_t>(next.labels_.size()));
        auto& basic = next.basic_[index];
        if (const auto before = places.find(text); before != places.end()) {
            basic = old->basic_[before->second];
            if (next.full() && old->full()) next.full_[index] = old->full_[before->second];
        }
        basic.condition = watches[index].condition;
        basic.interval_ms = clamped(watch.interval.count());
        basic.interval_limit_ms = clamped(watch.interval_limit.count());
        basic.kind = next.kind_index(watch.probe_kind);
    }
    next.labels_.shrink_to_fit();
}

void WatchFigures::started(const Start& start) {
    auto& basic = now_->basic_;
    if (start.attempt.watch < basic.size()) basic[start.attempt.watch].missed += start.missed;
}

void WatchFigures::observed(const model::Observation& observation, const model::Verdict& verdict) {
    if (observation.watch >= now_->size()) return;
    auto& basic = now_->basic_[observation.watch];
    ++basic.probes;
    basic.passed = observation.outcome == model::Outcome::passed;
    if (!basic.passed) ++basic.failures;
    basic.last_run_ms = observation.started.wall.time_since_epoch().count();
    basic.duration_us += clamped(observation.duration.count());
    basic.condition = verdict.condition;
    if (!now_->full()) return;
    auto& full = now_->full_[observation.watch];
    const auto duration = clamped(observation.duration.count());
    ++full.durations[static_cast<std::size_t>(std::ranges::lower_bound(duration_ends, duration) - duration_ends.begin())];
    const auto& phases = observation.phases;
    full.phases_us = {clamped(phases.resolve.count()), clamped(phases.connect.count()), clamped(phases.tls.count()),
                      clamped(phases.processing.count()), clamped(phases.transfer.count())};
    // a look that came to no handshake takes nothing away from what is known
    if (observation.certificate_not_after != 0 || basic.passed) full.certificate_not_after = observation.certificate_not_after;
    const auto reason = static_cast<std::size_t>(observation.reason);
    if (!basic.passed && reason < reason_count) ++full.failures[reason];
}

} // namespace hinomi

#include "daemon/watching.hpp"

#include "incidents/advance.hpp"
#include "io/spawn.hpp"

#include <spdlog/spdlog.h>

#include <unordered_set>

namespace hinomi {

Watching::Watching(Parts parts, std::vector<DeclaredWatch> watches, ScheduleLimits limits)
    : parts_(std::move(parts)), watches_(std::move(watches)), states_(watches_.size()), generations_(watches_.size()), schedule_(limits),
      statistics_(watches_.size()), alarm_(parts_.clock) {
    for (std::size_t index = 0; index < watches_.size(); ++index) by_id_.insert(static_cast<model::WatchIndex>(index));
}

void Watching::apply(const model::Event& event) {
    const auto* verified = std::get_if<model::Verified>(&event.payload);
    if (verified == nullptr || !verified->by_person) return;
    if (const auto place = by_id_.find(verified->watch); place != by_id_.end()) states_[*place].verified = true;
}

void Watching::resume() {
    const auto now = parts_.clock.now().boot;
    schedule_.reserve(watches_.size());
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        const auto& watch = watches_[index].watch;
        states_[index] = known_state(watch.id);
        const bool run_open = states_[index].run.has_value() && !states_[index].confirmed;
        schedule_.add(watch, now, /*at_once=*/run_open);
    }
}

void Watching::declare(DeclaredWatch declared, bool resumed) {
    const auto now = parts_.clock.now().boot;
    auto state = known_state(declared.watch.id);
    const bool run_open = state.run.has_value() && !state.confirmed;
    const auto index = schedule_.add(declared.watch, now, /*at_once=*/resumed && run_open);
    if (index == watches_.size()) {
        watches_.emplace_back();
        states_.emplace_back();
        generations_.push_back(0);
        statistics_.resize(watches_.size());
    }
    statistics_.forget(index);
    watches_[index] = std::move(declared);
    by_id_.insert(index);
    states_[index] = std::move(state);
}

/// A renamed watch takes the place of the old one in the schedule: it is probed no later for its new name.
void Watching::rename(const model::Watch& watch) {
    const auto old = by_id_.find(*watch.was);
    if (old == by_id_.end() || knows(watch.id)) return;
    const auto index = *old;
    by_id_.erase(old);
    watches_[index].watch.id = watch.id;
    by_id_.insert(index);
    ++generations_[index];  // what is under way would be told under a name that is gone
    states_[index] = known_state(watch.id);
}

incidents::WatchState Watching::known_state(const std::string& id) const {
    const auto known = parts_.book.watches.find(id);
    return known == parts_.book.watches.end() ? incidents::WatchState{} : incidents::resume(known->second);
}

void Watching::replace(std::vector<DeclaredWatch> watches, ScheduleLimits limits) {
    const auto now = parts_.clock.now().boot;
    schedule_.set_limits(limits);
    std::unordered_set<std::string> staying;
    for (const auto& declared : watches) staying.insert(declared.watch.id);
    for (const auto& declared : watches) {
        if (!declared.watch.was->empty() && !staying.contains(*declared.watch.was)) rename(declared.watch);
    }
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        if (vacant(index) || staying.contains(watches_[index].watch.id)) continue;
        by_id_.erase(static_cast<model::WatchIndex>(index));
        ++generations_[index];
        schedule_.retire(static_cast<model::WatchIndex>(index));
        watches_[index] = {};
        states_[index] = {};
    }
    for (auto& declared : watches) {
        const auto place = by_id_.find(declared.watch.id);
        if (place == by_id_.end()) {
            declare(std::move(declared), /*resumed=*/true);
            continue;
        }
        auto& running = watches_[*place];
        if (running.block_digest != declared.block_digest) ++generations_[*place];  // what is under way looks at something else
        schedule_.change(*place, declared.watch, now);
        running = std::move(declared);
    }
    alarm_.ring();
}

asio::awaitable<void> Watching::run() {
    while (!stopping_) {
        start_due();
        sleeping_until_ = schedule_.next_due();
        if (sleeping_until_ == Milliseconds::max()) co_await alarm_.wait();
        else co_await alarm_.wait_until(sleeping_until_);
    }
}

void Watching::stop() {
    stopping_ = true;
    alarm_.ring();
    // after a suspension the stop may come before any start: what was missed is told now, or never
    std::vector<model::Payload> missed;
    const auto now = parts_.clock.now().boot;
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        const auto left_out = vacant(index) ? std::nullopt : schedule_.missed(static_cast<model::WatchIndex>(index), now);
        if (left_out)
            missed.push_back(model::RunsMissed{.watch = watches_[index].watch.id, .count = left_out->count, .gap = left_out->gap});
    }
    if (!missed.empty()) parts_.journal.append(std::move(missed));
}

void Watching::start_due() {
    while (!stopping_) {
        const auto start = schedule_.take(parts_.clock.now().boot);
        if (!start) return;
        ++counts_.attempts;
        counts_.worst_late = std::max(counts_.worst_late, start->late);
        for (const auto& observer : start_observers_) observer(*start);
        const auto& watch = watches_[start->attempt.watch].watch;
        if (start->missed > 0) {
            counts_.missed += start->missed;
            parts_.journal.append({model::RunsMissed{.watch = watch.id, .count = start->missed, .gap = start->gap}});
        }
        io::spawn(parts_.executor, attempt(*start), [this, index = start->attempt.watch](std::exception_ptr failure) {
            if (failure == nullptr) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& error) {
                spdlog::critical("the attempt of {} ended with an exception: {}", watches_[index].watch.id, error.what());
            }
        });
    }
}

asio::awaitable<void> Watching::attempt(Start start) {
    const auto attempt = start.attempt;
    const auto generation = generations_[attempt.watch];
    const auto watch_class = watches_[attempt.watch].watch.watch_class;
    const bool loopback = watches_[attempt.watch].watch.loopback;
    io::ProbeWork work = [probe = watches_[attempt.watch].probe, attempt](io::ProbeEffects& effects) {
        return probe->observe(attempt, effects);
    };
    auto observation = co_await parts_.lanes.observe(attempt.watch % parts_.lanes.count(), std::move(work));
    observation.watch = attempt.watch;
    observation.watch_class = watch_class;
    observation.confirmation = attempt.confirmation;
    observation.cross_check = model::CrossCheck::not_needed;
    if (observation.outcome == model::Outcome::silent && !loopback && observation.reason != model::Reason::shutting_down) {
        observation.cross_check = co_await parts_.references.cross_check();
    }
    settle(attempt, generation, std::move(observation));
}

void Watching::settle(const model::Attempt& attempt, std::uint32_t generation, model::Observation observation) {
    if (stopping_) return;  // cut off by our own stop: not a sample
    if (generation != generations_[attempt.watch]) {
        const auto& state = states_[attempt.watch];
        const auto& rules = *watches_[attempt.watch].watch.rules;
        const bool open = state.run.has_value() || state.confirmed;
        schedule_.finished(attempt.watch, observation.completed.boot, open ? model::Pace::soon : model::Pace::regular, rules.retry_after);
        counts_.under_way = schedule_.under_way();
        alarm_.ring();
        return;
    }
    const auto& watch = watches_[attempt.watch].watch;
    auto judgement = incidents::judge(std::move(states_[attempt.watch]), observation, watch.rules);
    states_[attempt.watch] = std::move(judgement.state);
    const auto& verdict = judgement.verdict;
    if (observation.outcome != model::Outcome::passed) {
        ++counts_.failures;
        parts_.ledger.append(sample_record(watch, observation));
    }
    if (auto record = statistics_.add(watch, observation)) parts_.ledger.append(std::move(*record));
    if (verdict.change != model::Change::none || verdict.second != model::Change::none) {
        auto events = incidents::advance(parts_.book, watch, verdict, parts_.directory, parts_.moments.now());
        if (!events.empty()) parts_.journal.append(std::move(events));
    }
    schedule_.finished(attempt.watch, observation.completed.boot, verdict.pace, verdict.pace_after);
    counts_.under_way = schedule_.under_way();
    if (schedule_.next_due() < sleeping_until_) alarm_.ring();  // a slot has become free, or a confirmation is due before
    for (const auto& observer : observers_) observer(watch, observation, verdict);
}

std::pair<std::vector<std::string>, std::uint32_t> Watching::overdue(std::size_t limit) const {
    std::vector<std::string> ids;
    std::uint32_t count = 0;
    const auto now = parts_.clock.now().boot;
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        if (vacant(index) || !schedule_.overdue(static_cast<model::WatchIndex>(index), now)) continue;
        ++count;
        if (ids.size() < limit) ids.push_back(watches_[index].watch.id);
    }
    return {std::move(ids), count};
}

} // namespace hinomi

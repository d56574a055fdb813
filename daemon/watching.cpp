#include "daemon/watching.hpp"

#include "incidents/advance.hpp"
#include "io/spawn.hpp"

#include <spdlog/spdlog.h>

namespace hinomi {

Watching::Watching(Parts parts, std::vector<DeclaredWatch> watches, ScheduleLimits limits)
    : parts_(std::move(parts)), watches_(std::move(watches)), states_(watches_.size()), schedule_(limits), statistics_(watches_.size()),
      alarm_(parts_.clock) {
    for (std::size_t index = 0; index < watches_.size(); ++index)
        index_of_.emplace(watches_[index].watch.id, static_cast<model::WatchIndex>(index));
}

void Watching::apply(const model::Event& event) {
    const auto* verified = std::get_if<model::Verified>(&event.payload);
    if (verified == nullptr || !verified->by_person) return;
    if (const auto place = index_of_.find(verified->watch); place != index_of_.end()) states_[place->second].verified = true;
}

void Watching::resume() {
    const auto now = parts_.clock.now().boot;
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        const auto& watch = watches_[index].watch;
        const auto known = parts_.book.watches.find(watch.id);
        if (known != parts_.book.watches.end()) states_[index] = incidents::resume(known->second);
        const bool run_open = states_[index].run.has_value() && !states_[index].confirmed;
        schedule_.add(watch, now, /*at_once=*/run_open);
    }
}

asio::awaitable<void> Watching::run() {
    while (!stopping_) {
        start_due();
        const auto next = schedule_.next_due();
        if (next == Milliseconds::max()) co_await alarm_.wait();
        else co_await alarm_.wait_until(next);
    }
}

void Watching::stop() {
    stopping_ = true;
    alarm_.ring();
}

void Watching::start_due() {
    while (!stopping_) {
        const auto start = schedule_.take(parts_.clock.now().boot);
        if (!start) return;
        ++counts_.attempts;
        counts_.worst_late = std::max(counts_.worst_late, start->late);
        const auto& watch = watches_[start->attempt.watch].watch;
        if (start->missed > 0) {
            counts_.missed += start->missed;
            parts_.journal.append({model::RunsMissed{.watch = watch.id, .count = start->missed, .gap = start->gap}});
        }
        io::spawn(parts_.executor, attempt(*start), [id = watch.id](std::exception_ptr failure) {
            if (failure == nullptr) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& error) {
                spdlog::critical("the attempt of {} ended with an exception: {}", id, error.what());
            }
        });
    }
}

asio::awaitable<void> Watching::attempt(Start start) {
    const auto attempt = start.attempt;
    const auto& declared = watches_[attempt.watch];
    io::ProbeWork work = [probe = declared.probe, attempt](io::ProbeEffects& effects) { return probe->observe(attempt, effects); };
    auto observation = co_await parts_.lanes.observe(attempt.watch % parts_.lanes.count(), std::move(work));
    observation.watch = attempt.watch;
    observation.watch_class = declared.watch.watch_class;
    observation.confirmation = attempt.confirmation;
    observation.cross_check = model::CrossCheck::not_needed;
    if (observation.outcome == model::Outcome::silent && !declared.watch.loopback && observation.reason != model::Reason::shutting_down) {
        observation.cross_check = co_await parts_.references.cross_check();
    }
    settle(attempt, std::move(observation));
}

void Watching::settle(const model::Attempt& attempt, model::Observation observation) {
    if (stopping_) return;  // cut off by our own stop: not a sample
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
    alarm_.ring();
    for (const auto& observer : observers_) observer(watch, observation, verdict);
}

std::pair<std::vector<std::string>, std::uint32_t> Watching::overdue(std::size_t limit) const {
    std::vector<std::string> ids;
    std::uint32_t count = 0;
    const auto now = parts_.clock.now().boot;
    for (std::size_t index = 0; index < watches_.size(); ++index) {
        if (!schedule_.overdue(static_cast<model::WatchIndex>(index), now)) continue;
        ++count;
        if (ids.size() < limit) ids.push_back(watches_[index].watch.id);
    }
    return {std::move(ids), count};
}

} // namespace hinomi

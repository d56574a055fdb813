#include "incidents/judge.hpp"

#include "incidents/performance.hpp"

#include <algorithm>
#include <bit>

namespace incidents {

namespace {

constexpr std::uint32_t widest_window = 32;  // `recent` has so many bits

struct Quorum {
    std::uint32_t failures;
    std::uint32_t window;
};

Quorum quorum_of(const model::JudgingRules& rules) {
    const auto window = std::clamp(std::max(rules.confirm_window, rules.confirm_failures), 1U, widest_window);
    return {std::clamp(rules.confirm_failures, 1U, window), window};
}

/// Up to three changes by one sample, in the order of their events.
class Changes {
public:
    void add(model::Change change) {
        if (change != model::Change::none) changes_.push_back(change);
    }

    /// Two find room in a verdict; what `advance` can derive gives way.
    void name_in(model::Verdict& verdict) {
        if (changes_.size() > 2) std::erase(changes_, model::Change::verified);
        if (changes_.size() > 2) std::erase(changes_, model::Change::suspected);
        if (!changes_.empty()) verdict.change = changes_[0];
        if (changes_.size() > 1) verdict.second = changes_[1];
    }

private:
    std::vector<model::Change> changes_;
};

std::uint32_t window_mask(std::uint32_t window) { return window >= widest_window ? ~0U : (1U << window) - 1; }

/// Passes since the oldest bad sample that `recent` still holds.
std::uint32_t passes_since_oldest(std::uint32_t recent) {
    return static_cast<std::uint32_t>(std::bit_width(recent)) - static_cast<std::uint32_t>(std::popcount(recent));
}

/// Takes the sample into the ring and lets go of bad samples that can no longer be among m bad ones of any n in a row.
void remember(WatchState& state, const Quorum& quorum, std::optional<FailingRun> failure) {
    state.recent = ((state.recent << 1U) | (failure ? 1U : 0U)) & window_mask(quorum.window);
    if (failure) state.failures.push_back(std::move(*failure));
    while (state.recent != 0 && passes_since_oldest(state.recent) > quorum.window - quorum.failures)
        state.recent &= ~std::bit_floor(state.recent);
    const auto kept = static_cast<std::size_t>(std::popcount(state.recent));
    if (state.failures.size() > kept)
        state.failures.erase(state.failures.begin(), state.failures.end() - static_cast<std::ptrdiff_t>(kept));
}

void forget_run(WatchState& state) {
    state.confirmed = false;
    state.passes = 0;
    state.recent = 0;
    state.failures.clear();
    state.run.reset();
}

/// The open suspicion follows the oldest bad sample that still matters.
void follow_oldest(WatchState& state, Changes& changes) {
    const bool moved = state.run && (state.failures.empty() || state.failures.front().first_bad != state.run->first_bad);
    if (moved) changes.add(model::Change::cleared);
    if (state.failures.empty()) {
        state.run.reset();
        return;
    }
    if (!state.run || moved) {
        state.run = state.failures.front();
        changes.add(model::Change::suspected);
    }
    for (const auto& failure : state.failures) state.run->cross_checked = state.run->cross_checked || failure.cross_checked;
}

void judge_pass(WatchState& state, const model::Observation& observation, const model::JudgingRules& rules, Changes& changes) {
    if (!state.confirmed) {
        remember(state, quorum_of(rules), std::nullopt);
        follow_oldest(state, changes);
        state.condition = model::Condition::up;
        return;
    }
    if (++state.passes == 1) state.restore = observation.started;
    state.condition = model::Condition::down;
    if (state.passes < rules.recover_passes) return;
    forget_run(state);
    state.condition = model::Condition::up;
    changes.add(model::Change::recovered);
}

void judge_bad(WatchState& state, const model::Observation& observation, const model::JudgingRules& rules, Changes& changes) {
    state.passes = 0;
    if (!state.confirmed) {
        const auto quorum = quorum_of(rules);
        remember(state, quorum,
                 FailingRun{.first_bad = observation.started,
                            .detect = observation.completed,
                            .reason = observation.reason,
                            .cross_checked = proven(observation),
                            .last_good = state.last_good,
                            .detail = clipped(observation.detail)});
        follow_oldest(state, changes);
        if (state.failures.size() >= quorum.failures) {
            state.confirmed = true;
            state.recent = 0;
            state.failures.clear();
            changes.add(model::Change::confirmed);
        }
    }
    if (state.confirmed) state.condition = model::Condition::down;
    else if (state.condition == model::Condition::unknown) state.condition = model::Condition::pending;
}

void judge_performance(WatchState& state, const model::Observation& observation, const model::JudgingRules& rules, Changes& changes) {
    if (state.condition == model::Condition::unknown)
        state.condition = state.confirmed ? model::Condition::degraded : model::Condition::pending;
    changes.add(judge_window(state, observation, rules));
}

/// A watch that never passed before has nothing to recover from slowly: its first pass ends whatever on-call was told,
/// and from then on its failures are the customers' business.
bool first_pass(WatchState& state, const model::Observation& observation, Changes& changes) {
    if (state.verified) return false;
    state.verified = true;
    changes.add(model::Change::verified);
    if (!state.confirmed) return false;
    state.restore = observation.started;
    state.window.reset();
    forget_run(state);
    state.condition = observation.watch_class == model::WatchClass::performance ? model::Condition::pending : model::Condition::up;
    changes.add(model::Change::recovered);
    return true;
}

void judge_unknown(WatchState& state, Changes& changes) {
    if (!state.unknown) changes.add(model::Change::unknown_began);
    state.unknown = true;
    state.condition = model::Condition::unknown;
    state.window.reset();  // a window with a hole says nothing
}

void set_pace(model::Verdict& verdict, const WatchState& state, const model::JudgingRules& rules) {
    const bool performance = verdict.watch_class == model::WatchClass::performance;
    if (state.unknown) {
        verdict.pace = model::Pace::soon;
        verdict.pace_after = rules.retry_after;
    } else if (performance ? in_second_window(state) : state.run && (!state.confirmed || state.passes > 0)) {
        verdict.pace = model::Pace::soon;
        verdict.pace_after = performance ? rules.window_retry : rules.retry_after;
    }
}

model::Verdict verdict_of(const model::Observation& observation, const WatchState& state) {
    model::Verdict verdict;
    verdict.watch = observation.watch;
    verdict.watch_class = observation.watch_class;
    verdict.condition = state.condition;
    verdict.verified = state.verified;
    verdict.decided = observation.completed;
    verdict.last_good = state.last_good;
    return verdict;
}

void name_run(model::Verdict& verdict, const FailingRun& run) {
    verdict.reason = run.reason;
    verdict.cross_checked = run.cross_checked;
    verdict.last_good = run.last_good;
    verdict.first_bad = run.first_bad;
    verdict.detect = run.detect;
    verdict.detail = run.detail;
}

} // namespace

Judgement judge(WatchState state, const model::Observation& observation, const model::JudgingRules& rules) {
    if (observation.reason == model::Reason::shutting_down) {
        auto verdict = verdict_of(observation, state);
        return {std::move(state), std::move(verdict)};
    }
    const auto kind = kind_of(observation);
    const bool performance = observation.watch_class == model::WatchClass::performance;
    const auto before = state.run;  // what ends with this sample is named by its own instants
    Changes changes;
    if (kind == SampleKind::unknown) {
        judge_unknown(state, changes);
    } else {
        if (state.unknown) changes.add(model::Change::unknown_ended);
        state.unknown = false;
        const bool good = performance ? fast_enough(observation, rules) : kind == SampleKind::pass;
        const bool started_afresh = good && first_pass(state, observation, changes);
        if (!started_afresh) {
            if (performance) judge_performance(state, observation, rules, changes);
            else if (good) judge_pass(state, observation, rules, changes);
            else judge_bad(state, observation, rules, changes);
        }
        if (good) state.last_good = observation.completed;
    }
    auto verdict = verdict_of(observation, state);
    if (state.run) name_run(verdict, *state.run);
    else if (before) name_run(verdict, *before);
    changes.name_in(verdict);
    if (verdict.change == model::Change::unknown_began) {
        verdict.first_bad = observation.started;
        verdict.detect = observation.completed;
    }
    if (verdict.change == model::Change::recovered || verdict.second == model::Change::recovered) {
        verdict.restore = *state.restore;
        state.restore.reset();
    }
    set_pace(verdict, state, rules);
    return {std::move(state), std::move(verdict)};
}

} // namespace incidents

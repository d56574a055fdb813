#include "incidents/performance.hpp"

#include "model/text.hpp"

namespace incidents {

namespace {

constexpr std::size_t detail_limit = 200;

bool over_threshold(const PerformanceWindow& window, const model::JudgingRules& rules) {
    // nearest rank: the percentile is the value at rank ceil(p * N / 100)
    const auto rank = (std::uint64_t{rules.percentile} * window.samples + 99) / 100;
    return window.samples - window.slow < rank;
}

bool complete(const WatchState& state, const PerformanceWindow& window, const model::Observation& observation,
              const model::JudgingRules& rules) {
    if (window.samples < rules.window_samples) return false;
    return in_second_window(state) || observation.completed.boot - window.began.boot >= rules.window;
}

model::Change close_bad(WatchState& state, const PerformanceWindow& window, const model::Observation& observation,
                        const model::JudgingRules& rules) {
    state.passes = 0;
    if (state.confirmed) return model::Change::none;
    if (state.run) {
        state.confirmed = true;
        state.run->cross_checked = state.run->cross_checked || window.cross_checked;
        return model::Change::confirmed;
    }
    state.run = FailingRun{.first_bad = window.began,
                           .detect = observation.completed,
                           .reason = model::Reason::too_slow,
                           .cross_checked = window.cross_checked,
                           .last_good = window.last_good,
                           .detail = std::to_string(window.slow) + " of " + std::to_string(window.samples) + " samples were slower than " +
                                     std::to_string(rules.slower_than.count()) + " ms"};
    return model::Change::suspected;
}

model::Change close_good(WatchState& state, const PerformanceWindow& window) {
    if (!state.run) return model::Change::none;
    if (!state.confirmed) {
        state.run.reset();
        return model::Change::cleared;
    }
    if (++state.passes == 1) {
        state.restore = window.began;
        return model::Change::none;
    }
    state.confirmed = false;
    state.passes = 0;
    state.run.reset();
    return model::Change::recovered;
}

} // namespace

SampleKind kind_of(const model::Observation& observation) {
    if (observation.outcome == model::Outcome::passed) return SampleKind::pass;
    const bool blind = observation.outcome == model::Outcome::silent && observation.cross_check == model::CrossCheck::all_silent;
    return blind ? SampleKind::unknown : SampleKind::bad;
}

bool proven(const model::Observation& observation) {
    return observation.outcome != model::Outcome::silent || observation.cross_check != model::CrossCheck::none_usable;
}

std::string clipped(const std::string& detail) { return std::string(model::cut_bytes(detail, detail_limit)); }

bool in_second_window(const WatchState& state) { return state.run.has_value() && (!state.confirmed || state.passes > 0); }

bool fast_enough(const model::Observation& observation, const model::JudgingRules& rules) {
    return observation.outcome == model::Outcome::passed && observation.duration <= rules.slower_than;
}

model::Change judge_window(WatchState& state, const model::Observation& observation, const model::JudgingRules& rules) {
    PerformanceWindow window;
    if (state.window) window = *state.window;
    else window = {.began = observation.started, .last_good = state.last_good};
    ++window.samples;
    if (!fast_enough(observation, rules)) ++window.slow;
    window.cross_checked = window.cross_checked || proven(observation);
    if (!complete(state, window, observation, rules)) {
        state.window = std::make_shared<PerformanceWindow>(window);
        return model::Change::none;
    }
    state.window.reset();
    const auto change = over_threshold(window, rules) ? close_bad(state, window, observation, rules) : close_good(state, window);
    state.condition = state.confirmed ? model::Condition::degraded : model::Condition::up;
    return change;
}

} // namespace incidents

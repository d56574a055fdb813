#include "incidents/book.hpp"
#include "incidents/elapsed.hpp"

namespace incidents {

model::Milliseconds interval_limit_of(model::WatchClass watch_class) {
    return watch_class == model::WatchClass::liveness ? model::Milliseconds{300'000} : model::Milliseconds{600'000};
}

void Book::end_run(WatchFacts& facts, const model::Instant& last_good, model::Sequence sequence) {
    facts.confirmed = false;
    facts.run.reset();
    facts.last_good = last_good;
    facts.last_good_by = sequence;
    if (!facts.unknown) facts.watch_class = {};
}

void Book::end_unknown(const std::string& watch, WatchFacts& facts) {
    if (facts.unknown) unknown_spells.erase({boot_when(facts.unknown->clock, facts.unknown->clock.limit), watch});
    facts.unknown.reset();
    if (!facts.run) facts.watch_class = {};
}

void Book::drop_if_empty(const std::string& watch) {
    const auto found = watches.find(watch);
    const auto& facts = found->second;
    if (!facts.run && !facts.unknown && facts.verified_by + facts.last_good_by == 0) watches.erase(found);
}

bool Book::forget_watch(const std::string& id) {
    const auto found = watches.find(id);
    if (found == watches.end()) return true;
    if (found->second.run || found->second.unknown || !member_of(id).empty()) return false;
    watches.erase(found);
    return true;
}

void Book::fold(const model::Event& event, const model::Suspected& payload, Transitions&) {
    auto& facts = watches[payload.watch];
    facts.watch_class = payload.watch_class;
    facts.last_good = payload.last_good;
    facts.run = WatchFacts::Run{{.first_bad = payload.first_bad,
                                 .detect = payload.detect,
                                 .reason = payload.reason,
                                 .last_good = payload.last_good,
                                 .detail = payload.detail},
                                running_since(payload.detect, model::Milliseconds{0}, event.time, nullptr),
                                event.sequence};
    facts.last_good_by = event.sequence;
}

void Book::fold(const model::Event& event, const model::Cleared& payload, Transitions&) {
    end_run(watches[payload.watch], payload.cleared, event.sequence);
}

void Book::fold(const model::Event& event, const model::Confirmed& payload, Transitions&) {
    auto& facts = watches[payload.watch];
    if (!facts.run) {
        facts.run = WatchFacts::Run{{.first_bad = payload.first_bad, .detect = payload.detect, .last_good = facts.last_good, .detail = {}},
                                    running_since(payload.detect, model::Milliseconds{0}, event.time, nullptr)};
    }
    facts.watch_class = payload.watch_class;
    facts.confirmed = true;
    facts.run->reason = payload.reason;
    facts.run->cross_checked = payload.cross_checked;
    facts.run->confirmed_by = event.sequence;
}

void Book::fold(const model::Event& event, const model::Recovered& payload, Transitions&) {
    end_run(watches[payload.watch], payload.recover_confirm, event.sequence);
}

void Book::fold(const model::Event& event, const model::Verified& payload, Transitions&) {
    auto& facts = watches[payload.watch];
    facts.verified = true;
    facts.verified_by = event.sequence;
    if (payload.by_person) return;
    facts.last_good = payload.at;
    facts.last_good_by = event.sequence;
}

void Book::fold(const model::Event& event, const model::UnknownBegan& payload, Transitions&) {
    auto& facts = watches[payload.watch];
    facts.watch_class = payload.watch_class;
    facts.unknown =
        WatchFacts::UnknownSpell{.since = payload.since,
                                 .clock = running_since(payload.since, interval_limit_of(payload.watch_class), event.time, nullptr),
                                 .began_by = event.sequence};
    unknown_spells.emplace(boot_when(facts.unknown->clock, facts.unknown->clock.limit), payload.watch);
}

void Book::fold(const model::Event&, const model::UnknownEnded& payload, Transitions&) {
    const auto facts = watches.find(payload.watch);
    if (facts == watches.end()) return;
    end_unknown(payload.watch, facts->second);
    drop_if_empty(payload.watch);
}

WatchState resume(const WatchFacts& facts) {
    WatchState state;
    state.verified = facts.verified;
    state.confirmed = facts.confirmed;
    state.unknown = facts.unknown.has_value();
    state.last_good = facts.last_good;
    if (facts.run) {
        const FailingRun& failing = *facts.run;
        state.run = failing;
    }
    if (facts.run && !facts.confirmed && facts.watch_class != model::WatchClass::performance) {
        state.recent = 1;
        state.failures.push_back(*facts.run);
    }
    const bool performance = facts.watch_class == model::WatchClass::performance;
    if (state.unknown) state.condition = model::Condition::unknown;
    else if (state.confirmed) state.condition = performance ? model::Condition::degraded : model::Condition::down;
    return state;
}

} // namespace incidents

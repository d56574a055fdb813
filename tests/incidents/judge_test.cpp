#include "incidents/judge.hpp"

#include "tests/incidents/desk.hpp"

#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::Change;
using model::Condition;
using model::Pace;

/// One sample of a script and what must be said of it. Samples start every 10 s and last 50 ms.
struct Step {
    char seen;                     ///< P pass, F fail, S silent, N silent and no reference usable, B blind
    Change change = Change::none;
    Change second = Change::none;
    Condition condition = Condition::up;
    Pace pace = Pace::regular;
};

struct Script {
    const char* what;
    std::uint32_t failures;
    std::uint32_t window;
    std::vector<Step> steps;
};

model::Observation observe(char seen, std::int64_t started) {
    model::Observation observation;
    observation.started = {model::WallTime{Milliseconds{started}}, Milliseconds{started}, 1};
    observation.completed = {model::WallTime{Milliseconds{started + 50}}, Milliseconds{started + 50}, 1};
    if (seen == 'P') return observation;
    observation.detail = std::string("seen at ") + std::to_string(started);
    observation.outcome = seen == 'F' ? model::Outcome::failed : model::Outcome::silent;
    observation.reason = seen == 'F' ? model::Reason::refused : model::Reason::connect_timeout;
    if (seen == 'S') observation.cross_check = model::CrossCheck::answered;
    if (seen == 'N') observation.cross_check = model::CrossCheck::none_usable;
    if (seen == 'B') observation.cross_check = model::CrossCheck::all_silent;
    return observation;
}

constexpr auto none = Change::none;
constexpr auto soon = Pace::soon;

const Script scripts[] = {
    {"the first pass verifies", 3, 3, {{'P', Change::verified}, {'P'}}},
    {"a blip is suspected, then cleared by one pass when m equals n",
     3,
     3,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'F', none, none, Condition::up, soon},
      {'P', Change::cleared}}},
    {"three of three confirm, failing on keeps the regular pace, two passes recover",
     3,
     3,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'S', none, none, Condition::up, soon},
      {'F', Change::confirmed, none, Condition::down},
      {'F', none, none, Condition::down},
      {'P', none, none, Condition::down, soon},
      {'F', none, none, Condition::down},
      {'P', none, none, Condition::down, soon},
      {'P', Change::recovered}}},
    {"one of one suspects and confirms at once",
     1,
     1,
     {{'P', Change::verified}, {'F', Change::suspected, Change::confirmed, Condition::down}}},
    {"with m below n a pass leaves the suspicion open while it can still come true",
     3,
     5,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'F', none, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'F', Change::confirmed, none, Condition::down}}},
    {"too many passes clear it",
     3,
     5,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'P', Change::cleared}}},
    {"the suspicion moves on to the oldest failure that can still matter",
     3,
     5,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'F', none, none, Condition::up, soon},
      {'P', none, none, Condition::up, soon},
      {'P', Change::cleared, Change::suspected, Condition::up, soon},
      {'F', none, none, Condition::up, soon},
      {'F', Change::confirmed, none, Condition::down}}},
    {"unknown neither confirms nor clears",
     3,
     3,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'B', Change::unknown_began, none, Condition::unknown, soon},
      {'B', none, none, Condition::unknown, soon},
      {'F', Change::unknown_ended, none, Condition::pending, soon},
      {'F', Change::confirmed, none, Condition::down}}},
    {"seen again and well again in one sample",
     3,
     3,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'B', Change::unknown_began, none, Condition::unknown, soon},
      {'P', Change::unknown_ended, Change::cleared}}},
    {"unknown while down stays confirmed",
     3,
     3,
     {{'P', Change::verified},
      {'F', Change::suspected, none, Condition::up, soon},
      {'F', none, none, Condition::up, soon},
      {'F', Change::confirmed, none, Condition::down},
      {'B', Change::unknown_began, none, Condition::unknown, soon},
      {'F', Change::unknown_ended, none, Condition::down}}},
    {"a watch that never passed is confirmed too, and its first pass ends that at once",
     2,
     2,
     {{'F', Change::suspected, none, Condition::pending, soon},
      {'F', Change::confirmed, none, Condition::down},
      {'P', Change::verified, Change::recovered},
      {'F', Change::suspected, none, Condition::up, soon},
      {'F', Change::confirmed, none, Condition::down}}},
    {"without a usable reference silence is down",
     2,
     2,
     {{'P', Change::verified}, {'N', Change::suspected, none, Condition::up, soon}, {'N', Change::confirmed, none, Condition::down}}},
};

TEST(Judge, says_of_each_sample_what_it_changed) {
    for (const auto& script : scripts) {
        SCOPED_TRACE(script.what);
        model::JudgingRules rules;
        rules.confirm_failures = script.failures;
        rules.confirm_window = script.window;
        WatchState state;
        std::int64_t started = 0;
        for (const auto& step : script.steps) {
            SCOPED_TRACE(started / 10'000);
            auto judgement = judge(std::move(state), observe(step.seen, started += 10'000), rules);
            state = std::move(judgement.state);
            EXPECT_EQ(judgement.verdict.change, step.change);
            EXPECT_EQ(judgement.verdict.second, step.second);
            EXPECT_EQ(judgement.verdict.condition, step.condition);
            EXPECT_EQ(judgement.verdict.pace, step.pace);
            EXPECT_EQ(judgement.verdict.pace_after, step.pace == soon ? rules.retry_after : Milliseconds{0});
        }
    }
}

/// Runs a script of letters; the last verdict.
Judgement after(const std::string& letters, const model::JudgingRules& rules) {
    Judgement judgement;
    std::int64_t started = 0;
    for (const char seen : letters) judgement = judge(std::move(judgement.state), observe(seen, started += 10'000), rules);
    return judgement;
}

TEST(Judge, dates_the_run_by_its_first_failing_sample) {
    const auto verdict = after("PFFF", {}).verdict;
    EXPECT_EQ(verdict.first_bad.boot, Milliseconds{20'000}) << "START of the first failing sample";
    EXPECT_EQ(verdict.detect.boot, Milliseconds{20'050}) << "its COMPLETION: a time-out is known when it ends";
    EXPECT_EQ(verdict.decided.boot, Milliseconds{40'050});
    EXPECT_EQ(verdict.last_good.boot, Milliseconds{10'050});
    EXPECT_EQ(verdict.reason, model::Reason::refused);
    EXPECT_EQ(verdict.detail, "seen at 20000");
    EXPECT_TRUE(verdict.verified);
}

TEST(Judge, a_blip_in_the_same_window_dates_the_run) {
    model::JudgingRules rules;
    rules.confirm_window = 5;
    EXPECT_EQ(after("PFPFF", rules).verdict.first_bad.boot, Milliseconds{20'000});
    EXPECT_EQ(after("PFPFPPFF", rules).verdict.first_bad.boot, Milliseconds{40'000}) << "the first blip is too far back, the second is not";
    EXPECT_EQ(after("PFPF", rules).verdict.last_good.boot, Milliseconds{10'050}) << "the last pass before the run, not within it";
}

TEST(Judge, restore_is_the_start_of_the_first_of_the_passes) {
    const auto verdict = after("PFFFPFPP", {}).verdict;
    EXPECT_EQ(verdict.change, Change::recovered);
    EXPECT_EQ(verdict.restore.boot, Milliseconds{70'000});
    EXPECT_EQ(verdict.decided.boot, Milliseconds{80'050});
    EXPECT_EQ(verdict.first_bad.boot, Milliseconds{20'000});
}

TEST(Judge, old_failures_do_not_count_after_a_recovery) {
    model::JudgingRules rules;
    rules.confirm_window = 5;
    EXPECT_EQ(after("PFFFPPF", rules).verdict.change, Change::suspected);
}

TEST(Judge, silence_without_any_usable_reference_is_marked_unless_something_else_proves_it) {
    EXPECT_FALSE(after("PNNN", {}).verdict.cross_checked);
    EXPECT_TRUE(after("PNNF", {}).verdict.cross_checked);
    EXPECT_TRUE(after("PSSS", {}).verdict.cross_checked);
}

TEST(Judge, a_sample_cut_off_by_our_own_stop_changes_nothing) {
    auto before = after("PFF", {}).state;
    auto observation = observe('F', 90'000);
    observation.reason = model::Reason::shutting_down;
    const auto judgement = judge(before, observation, {});
    EXPECT_EQ(judgement.verdict.change, Change::none);
    EXPECT_EQ(judgement.state.recent, before.recent);
    EXPECT_FALSE(judgement.state.confirmed);
}

TEST(Judge, unverified_failures_say_so) { EXPECT_FALSE(after("FFF", {}).verdict.verified); }

TEST(Judge, an_unknown_spell_is_dated_by_its_first_sample) {
    const auto verdict = after("PB", {}).verdict;
    EXPECT_EQ(verdict.change, Change::unknown_began);
    EXPECT_EQ(verdict.first_bad.boot, Milliseconds{20'000});
}

TEST(Judge, long_details_are_cut_between_characters) {
    auto observation = observe('F', 10'000);
    observation.detail = std::string(199, 'x') + "あ";
    EXPECT_EQ(judge({}, observation, {}).verdict.detail, std::string(199, 'x'));
}

TEST(Judge, resumes_an_open_suspicion_after_a_restart) {
    Desk desk;
    const auto watch = desk.watch("web/liveness", model::WatchClass::liveness, {"portal"});
    desk.verify(watch);
    desk.wait(minute);
    desk.sample(watch, Seen::fail);
    const auto detect = desk.now;
    desk.wait(5 * second);
    desk.restart();
    desk.wait(5 * second);
    EXPECT_EQ(desk.sample(watch, Seen::fail).change, Change::none);
    desk.wait(10 * second);
    const auto verdict = desk.sample(watch, Seen::fail);
    EXPECT_EQ(verdict.change, Change::confirmed);
    EXPECT_EQ(verdict.detect, detect) << "a crash during confirmation must not restart the clock";
}

} // namespace
} // namespace incidents

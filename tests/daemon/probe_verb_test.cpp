#include "daemon/probe_verb.hpp"

#include <gtest/gtest.h>

namespace {

using std::chrono::microseconds;

model::Observation sample(model::Outcome outcome, model::Phases phases) {
    model::Observation observation;
    observation.outcome = outcome;
    observation.phases = phases;
    observation.duration = phases.resolve + phases.connect + phases.tls + phases.processing + phases.transfer;
    observation.status = 200;
    observation.detail = "HTTP 200";
    return observation;
}

TEST(ProbeVerb, DrawsABarPerPhase) {
    const model::Phases phases{.resolve = microseconds{1},
                               .connect = microseconds{100},
                               .tls = microseconds{0},
                               .processing = microseconds{250},
                               .transfer = microseconds{49}};
    EXPECT_EQ(hinomi::phase_bar(phases, microseconds{400}, 40), "r" + std::string(10, 'c') + std::string(25, 'p') + std::string(4, 'x'));
    EXPECT_EQ(hinomi::phase_bar({}, microseconds{0}, 40), "");
}

TEST(ProbeVerb, ExitsByWhatWasSeen) {
    const model::Phases phases{.connect = microseconds{1'500}, .processing = microseconds{500}};
    model::Watch watch;
    watch.id = "portal/liveness";
    const auto good = hinomi::probe_answer(watch, {sample(model::Outcome::passed, phases), sample(model::Outcome::passed, phases)});
    EXPECT_EQ(good.exit_code, hinomi::exit_ok);
    EXPECT_EQ(good.message, "portal/liveness: 2 of 2 passed (r resolve, c connect, t tls, p processing, x transfer)");
    ASSERT_EQ(good.rows.size(), 2U);
    EXPECT_EQ(good.rows[1].at("sample"), 2);
    EXPECT_EQ(good.rows[1].at("duration_ms"), 2.0);
    EXPECT_EQ(good.rows[1].at("status"), 200);
    const auto bad = hinomi::probe_answer(watch, {sample(model::Outcome::passed, phases), sample(model::Outcome::silent, phases)});
    EXPECT_EQ(bad.exit_code, hinomi::exit_down);
    EXPECT_EQ(bad.rows[1].at("outcome"), "silent");
}

} // namespace

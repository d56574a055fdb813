#include "probes/line_probe.hpp"

#include "tests/fakes/fake_probe_effects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using model::Outcome;
using model::Reason;
using testing::HasSubstr;

/// Sees what it is told to see.
class Told final : public probes::Probe {
public:
    explicit Told(Outcome outcome, Reason reason = Reason::none) : outcome_(outcome), reason_(reason) {}
    probes::asio::awaitable<model::Observation> observe(model::Attempt, io::ProbeEffects& effects) const override {
        model::Observation seen;
        seen.outcome = outcome_;
        seen.reason = reason_;
        seen.detail = "no answer";
        seen.started = seen.completed = effects.clock.now();
        co_return seen;
    }

private:
    Outcome outcome_;
    Reason reason_;
};

const auto up = std::make_shared<const Told>(Outcome::passed);
const auto bad = std::make_shared<const Told>(Outcome::failed, Reason::refused);
const auto lost = std::make_shared<const Told>(Outcome::silent, Reason::connect_timeout);
const auto cut = std::make_shared<const Told>(Outcome::silent, Reason::shutting_down);

using Targets = std::vector<std::shared_ptr<const Told>>;

struct Case {
    std::string name;
    Targets targets;
    std::shared_ptr<const Told> gateway;
    Outcome outcome;
    Reason reason;
    std::string detail;
};

TEST(LineProbe, IsLostWithAQuorumOfItsTargetsAndTellsInsideFromOutside) {
    const std::vector<Case> table{
        {"all well", {up, up, up}, up, Outcome::passed, Reason::none, ""},
        {"one of three", {up, lost, up}, up, Outcome::passed, Reason::none, ""},
        {"a refusal came over the line", {lost, bad, up}, up, Outcome::passed, Reason::none, ""},
        {"outside",
         {lost, lost, up},
         up,
         Outcome::failed,
         Reason::connect_timeout,
         "2 of 3 targets are silent; the gateway 192.0.2.1 answers: the fault lies beyond it; t0: no answer; t1: no answer"},
        {"inside",
         {lost, lost, lost},
         lost,
         Outcome::failed,
         Reason::connect_timeout,
         "the gateway 192.0.2.1 is silent too: look at this side first"},
        {"no gateway", {lost, lost, lost}, nullptr, Outcome::failed, Reason::connect_timeout, "3 of 3 targets are silent"},
        {"our own stop is no sample", {cut, cut, cut}, up, Outcome::silent, Reason::shutting_down, ""},
    };
    for (const auto& row : table) {
        std::vector<probes::LineProbe::Target> targets;
        for (const auto& target : row.targets) targets.push_back({"t" + std::to_string(targets.size()), target});
        const probes::LineProbe probe(targets, {"192.0.2.1", row.gateway}, 2);
        fakes::ProbeEffectsScript effects;
        const auto observation = effects.observe(probe);
        EXPECT_EQ(observation.outcome, row.outcome) << row.name;
        EXPECT_EQ(observation.reason, row.reason) << row.name;
        EXPECT_THAT(observation.detail, HasSubstr(row.detail)) << row.name;
    }
}

/// A gateway needs three packets; they must fit into whatever time the line has.
TEST(LineProbe, HasItsGatewayHoweverShortItsTimeout) {
    for (const int timeout : {100, 400, 500, 5'000}) {
        config::LineSettings line;
        line.name = "uplink";
        line.gateway = "2001:db8::1";
        line.every = model::Milliseconds{60'000};
        line.timeout = model::Milliseconds{timeout};
        config::Problems problems;
        config::WatchSettings target;
        target.watch.target = "tcp://192.0.2.7:443";
        target.watch.probe_kind = std::string("tcp");
        target.watch.timeout = line.timeout;
        target.block = config::parse("target: \"tcp://192.0.2.7:443\"", "", problems);
        line.targets = {target};
        EXPECT_NE(probes::make_line(line, problems), nullptr);
        EXPECT_THAT(problems, testing::IsEmpty()) << timeout << " ms: " << config::describe(problems.front());
    }
}

} // namespace

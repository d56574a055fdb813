#include "config/coverage.hpp"

#include "tests/config/fake_describe_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using config::Coverage;
using testing::HasSubstr;

const std::string people =
    "tenants: [{name: t, services: [\"*\"], contacts: [{email: a@b}]}]\nstaff: {manager: [{email: a@b}], on_call: [{email: a@b}]}\n"
    "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b, out_of_band: true}]\n";
const std::string no_other_kinds =
    "asset_kinds: {platform: {none: x}, storage: {none: x}, security_device: {none: x}, network_device: {none: x}, network: {none: x}, "
    "server: {none: x}}\n";
const std::string watched =
    "services: {s: {hours: always, regular_maintenance: none}}\nassets: {a: {kind: application, service: s}}\n"
    "watches: [{asset: a, liveness: {target: \"tcp://127.0.0.1:1\", every: 90s}, fault: {target: \"tcp://127.0.0.1:1\"}, performance: "
    "{none: "
    "a batch}}]\n";

config::CoverageRow row_of(const std::string& text, const std::string& id) {
    config::Problems problems;
    const auto settings = config::load({{"a.yaml", text}}, "h.example", fakes::describe_target, problems);
    for (const auto& problem : problems) {
        if (!problem.warning) ADD_FAILURE() << config::describe(problem);
    }
    if (!settings) return {};
    const auto rows = config::coverage(*settings, config::built_in_profile());
    EXPECT_EQ(rows.size(), 59U);
    const auto found = std::ranges::find(rows, id, [](const auto& row) { return row.item->id; });
    return found == rows.end() ? config::CoverageRow{} : *found;
}

TEST(CoverageOfWatches, IsWholeWhenEveryAssetHasAWatchOrAReason) {
    const auto liveness = row_of(watched + people + no_other_kinds, "III.1.1.1 a");
    EXPECT_EQ(liveness.coverage, Coverage::covered);
    EXPECT_THAT(liveness.by, HasSubstr("1 assets, every 90s"));
    EXPECT_EQ(row_of(watched + people + no_other_kinds, "III.1.1.2 a").coverage, Coverage::covered);
    const auto performance = row_of(watched + people + no_other_kinds, "III.1.1.3 a");
    EXPECT_EQ(performance.coverage, Coverage::not_applicable);
}

TEST(CoverageOfWatches, MissesAnAssetWithoutOneAndAKindWithoutAReason) {
    auto text = watched + people + no_other_kinds;
    text.replace(text.find("a: {kind"), 0, "b: {kind: application, service: s}, ");
    const auto without = row_of(text, "III.1.1.1 a");
    EXPECT_EQ(without.coverage, Coverage::missing);
    EXPECT_EQ(without.by, "no watch of: b");
    const auto kinds = row_of(watched + people, "III.1.1.3 a");
    EXPECT_EQ(kinds.coverage, Coverage::missing);
    EXPECT_EQ(kinds.by, "no asset and no reason under asset_kinds: platform, server, storage, network");
}

TEST(CoverageOfWatches, AsksANetworkForReachabilityOnly) {
    auto text = watched + people + no_other_kinds;
    text.replace(text.find(", network: {none: x}"), 20, "");
    text.replace(text.find("a: {kind"), 0, "net: {kind: network, service: s}, ");
    EXPECT_EQ(row_of(text, "III.1.1.1 a").by, "no watch of: net");
    EXPECT_EQ(row_of(text, "III.1.1.2 a").coverage, Coverage::covered);
    EXPECT_EQ(row_of(text, "III.1.1.3 a").by, "no watch of: net");
}

TEST(CoverageOfPeople, MissesAServiceThatNobodyUses) {
    auto text = watched + people;
    EXPECT_EQ(row_of(text, "III.1.1.1 b").coverage, Coverage::covered);
    EXPECT_EQ(row_of(text, "III.1.1.8").coverage, Coverage::covered);
    text.replace(text.find("[\"*\"]"), 5, "[s]");
    text.replace(text.find("services: {s:"), 11, "services: {unused: {}, ");
    EXPECT_EQ(row_of(text, "III.1.1.2 b").by, "no tenant of: unused");
}

TEST(CoverageOfAvailability, DemandsHoursAndMaintenanceToBeDeclared) {
    auto text = watched + people;
    EXPECT_EQ(row_of(text, "III.2.1.1").coverage, Coverage::covered);
    text.replace(text.find("hours: always, regular_maintenance: none"), 40, "");
    EXPECT_EQ(row_of(text, "III.2.1.1").by, "hours not declared: s; regular_maintenance neither declared nor none: s");
}

TEST(CoverageOfLines, NeedsAWayThatSurvivesTheLine) {
    const std::string line = "lines: [{name: a, targets: [\"tcp://192.0.2.1:1\", \"tcp://192.0.2.2:1\"]}]\n";
    EXPECT_EQ(row_of(watched + people, "III.3.2.5").coverage, Coverage::missing);
    EXPECT_EQ(row_of(line + watched + people, "III.3.2.5").coverage, Coverage::covered);
    auto text = line + watched + people;
    text.replace(text.find(", out_of_band: true"), 19, "");
    EXPECT_THAT(row_of(text, "III.3.2.5").by, HasSubstr("out_of_band"));
}

TEST(CoverageOfTheRest, SaysWhatAnItemWaitsFor) {
    EXPECT_EQ(row_of(watched + people, "III.1.1.9").by, "an attestation; none is kept yet");
    EXPECT_EQ(row_of(watched + people, "III.2.1.4 b").by, "another tool's export; none is imported yet");
    EXPECT_EQ(row_of(watched + people, "III.2.3.1 b").coverage, Coverage::partly);
    EXPECT_FALSE(row_of(watched + people, "III.1.1.9").by_settings);
}

TEST(CoverageOfTheRest, PrintsReasonsAndLoosenedLimits) {
    const auto declared = row_of("controls: {III.4.2.1 a: {none: a public cloud}}\n" + watched + people, "III.4.2.1 a");
    EXPECT_EQ(declared.coverage, Coverage::not_applicable);
    EXPECT_EQ(declared.by, "a public cloud");
    const auto weaker = row_of("retention: {usage: {value: 30d, weaker_than_profile: privacy}}\n" + watched + people, "III.2.1.3 a");
    EXPECT_THAT(weaker.by, HasSubstr("WEAKER: retention.usage 30d instead of 92d, privacy"));
}

} // namespace

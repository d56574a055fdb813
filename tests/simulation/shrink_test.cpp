#include "tests/simulation/shrink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <functional>

namespace simulation {

namespace {

using model::Milliseconds;
using namespace std::chrono_literals;

constexpr auto violation = "miss_is_recorded: INC-1/first_alert/1/tenant:acme";

/// A run that violates the invariant as long as `shows` says so.
std::function<RunResult(const RunOptions&)> run_that(std::function<bool(const RunOptions&)> shows) {
    return [shows = std::move(shows)](const RunOptions& options) {
        RunResult result;
        if (shows(options)) result.violation = violation;
        return result;
    };
}

RunOptions hours(Milliseconds length) {
    RunOptions options;
    options.length = length;
    return options;
}

TEST(Shrink, FindsTheShortestPhaseInWholeMinutes) {
    const auto least = shrink(hours(3h), violation, run_that([](const auto& options) { return options.length >= 17min; }));
    EXPECT_EQ(least.length, 17min);
}

TEST(Shrink, LeavesOutEveryKindOfFaultThatIsNotNeeded) {
    const auto needs = [](const RunOptions& options) { return !options.reduction.faults.contains("crashes"); };
    auto without = shrink(hours(1h), violation, run_that(needs)).reduction.faults;
    EXPECT_FALSE(without.contains("crashes"));
    without.insert("crashes");
    const auto kinds = fault_kinds();
    EXPECT_THAT(without, testing::UnorderedElementsAreArray(kinds));
}

TEST(Shrink, KeepsAsManyTenantsAndWatchesAsItNeeds) {
    const auto needs = [](const RunOptions& options) { return options.reduction.tenants >= 2 && options.reduction.watches >= 3; };
    const auto either = [&](const RunOptions& options) {
        const auto all = [](std::size_t number) { return number == 0 ? std::size_t{100} : number; };
        RunOptions counted;
        counted.reduction.tenants = all(options.reduction.tenants);
        counted.reduction.watches = all(options.reduction.watches);
        return needs(counted);
    };
    const auto least = shrink(hours(1h), violation, run_that(either));
    EXPECT_EQ(least.reduction.tenants, 2U);
    EXPECT_EQ(least.reduction.watches, 4U);
}

TEST(Shrink, IsNotContentWithAnotherViolation) {
    const auto run = [](const RunOptions& options) {
        RunResult result;
        result.violation = options.length < 30min ? "no_alarm_without_trouble: asset/fault" : violation;
        return result;
    };
    EXPECT_EQ(shrink(hours(1h), violation, run).length, 30min);
}

TEST(Shrink, ShortensAgainWhatHasBecomeSimpler) {
    const auto needs = [](const RunOptions& options) {
        return options.length >= (options.reduction.faults.contains("drift") ? 5min : 40min);
    };
    EXPECT_EQ(shrink(hours(1h), violation, run_that(needs)).length, 5min);
}

TEST(Reduction, AReducedRunHasNoFaultsOfTheKindsLeftOut) {
    spdlog::set_level(spdlog::level::off);
    RunOptions options;
    options.length = 30min;
    options.healing = 3h;
    for (const auto& kind : fault_kinds()) options.reduction.faults.insert(kind);
    options.reduction.tenants = 1;
    options.reduction.watches = 1;
    for (options.seed = 1; options.seed <= 3; ++options.seed) {
        const auto result = run(options);
        EXPECT_EQ(result.violation, std::nullopt);
        EXPECT_THAT(result.faults, testing::IsEmpty());
        EXPECT_GT(result.attempts, 0U);
    }
}

} // namespace

} // namespace simulation

#include "tests/reports/history.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace {

constexpr auto performance = model::WatchClass::performance;

/// A service with one watch that has passed since minute 1.
History portal() {
    History history;
    history.watch("web/liveness", "portal");
    history.started(0);
    history.passed_first(1, "web/liveness");
    return history;
}

struct Case {
    std::string name;
    std::function<void(History&)> story;
    std::string down;
    std::string unknown;
};

void expect_all(const std::vector<Case>& cases) {
    for (const auto& each : cases) {
        auto history = portal();
        each.story(history);
        const auto fold = history.fold();
        EXPECT_EQ(shown(fold.down("portal")), each.down) << each.name;
        EXPECT_EQ(shown(fold.unknown("portal")), each.unknown) << each.name;
    }
}

TEST(AvailabilityFold, WatchesMakeOutages) {
    expect_all({
        {"nothing", [](History&) {}, "", "-1"},
        {"from the first bad sample to the first good one",
         [](History& history) {
             history.confirmed(12, "web/liveness", 10);
             history.recovered(22, "web/liveness", 20);
         },
         "10-20", "-1"},
        {"going on", [](History& history) { history.confirmed(12, "web/liveness", 10); }, "10-", "-1"},
        {"performance is none",
         [](History& history) {
             history.watch("web/performance", "portal", performance);
             history.confirmed(12, "web/performance", 10);
             history.unknown_began(13, "web/performance", 12);
         },
         "", "-1"},
        {"two watches at once count once",
         [](History& history) {
             history.watch("db/fault", "portal", model::WatchClass::fault);
             history.passed_first(2, "db/fault");
             history.confirmed(12, "web/liveness", 10);
             history.confirmed(17, "db/fault", 15);
             history.recovered(22, "web/liveness", 20);
             history.recovered(27, "db/fault", 25);
         },
         "10-25", "-1"},
        {"an end without a beginning began before", [](History& history) { history.recovered(22, "web/liveness", 20); }, "-20", "-1"},
        {"a watch that never passed is unknown, not down",
         [](History& history) {
             history.watch("db/fault", "portal");
             history.confirmed(12, "db/fault", 10, /*verified=*/false);
             history.opened(12, "INC-1", "portal", "db/fault", 10, model::IncidentKind::unverified);
         },
         "", "-1 10-"},
        {"until it passes",
         [](History& history) {
             history.watch("db/fault", "portal");
             history.confirmed(12, "db/fault", 10, /*verified=*/false);
             history.passed_first(30, "db/fault");
             history.recovered(31, "db/fault", 30);
         },
         "", "-1 10-30"},
        {"or a person confirms it",
         [](History& history) {
             history.watch("db/fault", "portal");
             history.confirmed(12, "db/fault", 10, /*verified=*/false);
             history.opened(12, "INC-1", "portal", "db/fault", 10, model::IncidentKind::unverified);
             history.passed_first(20, "db/fault", /*by_person=*/true);
             history.voided(20, "INC-1");
             history.opened(20, "INC-2", "portal", "db/fault", 10);
         },
         "10-", "-1"},
    });
}

TEST(AvailabilityFold, WhatNobodySawIsUnknown) {
    expect_all({
        {"a blind spell",
         [](History& history) {
             history.unknown_began(11, "web/liveness", 10);
             history.unknown_ended(30, "web/liveness");
         },
         "", "-1 10-30"},
        {"one that goes on", [](History& history) { history.unknown_began(11, "web/liveness", 10); }, "", "-1 10-"},
        {"two intervals of a gap are covered by the sample before",
         [](History& history) { history.runs_missed(30, "web/liveness", /*gap=*/10, /*count=*/9); }, "", "-1 22-30"},
        {"before the first probe since the start there is no gap, and no sample that covers any of it",
         [](History& history) { history.runs_missed(30, "web/liveness", /*gap=*/0, /*count=*/9); }, "", "-1 20-30"},
        {"a short gap is covered whole", [](History& history) { history.runs_missed(30, "web/liveness", 2, 1); }, "", "-1"},
        {"hinomi was stopped",
         [](History& history) {
             history.stopped(100);
             history.started(200);
         },
         "", "-1 100-201"},
        {"hinomi is stopped", [](History& history) { history.stopped(100); }, "", "-1 100-"},
        {"hinomi had crashed", [](History& history) { history.started(200, /*last_heartbeat=*/150); }, "", "-1 150-201"},
        {"a restart within the interval",
         [](History& history) {
             history.watch("db/fault", "portal", model::WatchClass::fault, /*interval=*/10);
             history.stopped(100);
             history.started(105);
         },
         "", "-1 100-106"},
        {"no watch that matters",
         [](History& history) {
             history.undeclare("web/liveness");
             history.watch("web/performance", "portal", performance);
         },
         "", "-"},
    });
}

TEST(AvailabilityFold, PeopleMakeAndUnmakeOutages) {
    expect_all({
        {"opened by hand",
         [](History& history) {
             history.opened(40, "INC-1", "portal", model::by_hand, 30);
             history.restored(60, "INC-1", 55);
         },
         "30-55", "-1"},
        {"opened by hand and going on", [](History& history) { history.opened(40, "INC-1", "portal", model::by_hand, 30); }, "30-", "-1"},
        {"only slow, says a person",
         [](History& history) {
             history.opened(40, "INC-1", "portal", model::by_hand, 30, model::IncidentKind::customer, model::Severity::performance);
         },
         "", "-1"},
        {"opened in error",
         [](History& history) {
             history.confirmed(12, "web/liveness", 10);
             history.opened(12, "INC-1", "portal", "web/liveness", 10);
             history.recovered(22, "web/liveness", 20);
             history.restored(22, "INC-1", 20);
             history.voided(50, "INC-1");
         },
         "", "-1"},
        {"opened in error, and still failing",
         [](History& history) {
             history.confirmed(12, "web/liveness", 10);
             history.opened(12, "INC-1", "portal", "web/liveness", 10);
             history.voided(15, "INC-1");
             history.recovered(22, "web/liveness", 20);
             history.confirmed(32, "web/liveness", 30);
         },
         "30-", "-1"},
        {"the watch leaves the configuration: people go on",
         [](History& history) {
             history.confirmed(12, "web/liveness", 10);
             history.opened(12, "INC-1", "portal", "web/liveness", 10);
             history.joined(20, "INC-1", model::by_hand, 10);
             history.eased(20, "INC-1", "web/liveness");
             history.undeclare("web/liveness");
             history.watch("new/liveness", "portal");
             history.passed_first(21, "new/liveness");
             history.restored(40, "INC-1", 35);
         },
         "10-35", "-21"},
        {"a watch that is gone keeps its outages",
         [](History& history) {
             history.confirmed(12, "web/liveness", 10);
             history.opened(12, "INC-1", "portal", "web/liveness", 10);
             history.recovered(22, "web/liveness", 20);
             history.restored(22, "INC-1", 20);
             history.undeclare("web/liveness");
             history.watch("new/liveness", "portal");
             history.passed_first(5, "new/liveness");
         },
         "10-20", "-5"},
    });
}

TEST(AvailabilityFold, OnlyAnnouncedMaintenanceIsPlanned) {
    auto history = portal();
    history.tenants("portal", {"acme", "beta"});
    history.maintenance(0, "MNT-1", "portal", 100, 200);
    history.announced(10, "MNT-1", "acme");
    history.announced(101, "MNT-1", "beta");  // too late
    history.maintenance(290, "MNT-2", "portal", 300, 400, /*in_time=*/false);
    history.announced(291, "MNT-2", "acme");
    history.maintenance(0, "MNT-3", "portal", 500, 600);
    history.announced(10, "MNT-3", "acme");
    history.cancelled(550, "MNT-3");
    history.maintenance(0, "MNT-4", "portal", 700, 800);
    history.announced(10, "MNT-4", "acme");
    history.cancelled(650, "MNT-4");
    history.maintenance(0, "MNT-5", "portal", 900, 950, /*in_time=*/true, /*regular=*/true);
    history.maintenance(955, "MNT-6", "portal", 960, 970, /*in_time=*/false, /*regular=*/true);  // came into the configuration just before
    const auto fold = history.fold();
    EXPECT_EQ(shown(fold.maintenance("portal", "acme")), "100-200 500-550 900-950");
    EXPECT_EQ(shown(fold.maintenance("portal", "beta")), "900-950");
    EXPECT_EQ(shown(fold.maintenance("other", "acme")), "");
}

TEST(AvailabilityFold, WhatWasAnnouncedInTheRehearsalNoCustomerHasSeen) {
    auto history = portal();
    history.tenants("portal", {"acme"});
    history.maintenance(0, "MNT-1", "portal", 100, 200);
    history.announced(10, "MNT-1", "acme");
    history.maintenance(0, "MNT-2", "portal", 300, 400);
    history.announced(10, "MNT-2", "acme");
    history.went_live(50);
    history.maintenance(50, "MNT-2", "portal", 300, 400);
    history.announced(60, "MNT-2", "acme");
    EXPECT_EQ(shown(history.fold().maintenance("portal", "acme")), "300-400");
}

TEST(AvailabilityFold, TheProviderIsAsGoodAsItsWorstTenant) {
    auto history = portal();
    history.tenants("portal", {"acme", "beta"});
    history.maintenance(0, "MNT-1", "portal", 100, 200);
    history.announced(10, "MNT-1", "acme");
    history.confirmed(112, "web/liveness", 110);
    history.recovered(160, "web/liveness", 150);
    const auto fold = history.fold();
    const reports::IntervalSet hours{minutes(1, 1001)};
    EXPECT_EQ(reports::worst_percent(fold.measure("portal", "acme", hours)), "100.00");
    EXPECT_EQ(reports::worst_percent(fold.measure("portal", "beta", hours)), "96.00");
    EXPECT_EQ(fold.measure("portal", hours), fold.measure("portal", "beta", hours));
}

TEST(AvailabilityFold, BeginsInTheMiddleOfAHistory) {
    History history;
    history.watch("web/liveness", "portal");
    history.watch("db/fault", "shop", model::WatchClass::fault);
    auto fold = history.fold();
    fold.seen_before("web/liveness", minute_time(5), std::nullopt);
    fold.seen_before("db/fault", std::nullopt, minute_time(7));
    EXPECT_EQ(shown(fold.down("portal")), "5-");
    EXPECT_EQ(shown(fold.unknown("portal")), "");
    EXPECT_EQ(shown(fold.unknown("shop")), "7-");
}

TEST(AvailabilityFold, ForgetsWhatIsOver) {
    auto history = portal();
    history.confirmed(12, "web/liveness", 10);
    history.recovered(22, "web/liveness", 20);
    history.confirmed(92, "web/liveness", 90);
    history.recovered(102, "web/liveness", 100);
    history.unknown_began(31, "web/liveness", 30);
    history.unknown_ended(40, "web/liveness");
    auto fold = history.fold();
    fold.forget_before(minute_time(50));
    EXPECT_EQ(shown(fold.down("portal")), "90-100");
    EXPECT_EQ(shown(fold.unknown("portal")), "-1");
}

}  // namespace

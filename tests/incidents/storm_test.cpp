#include "tests/incidents/desk.hpp"

#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::WatchClass;

constexpr int many = 10'000;

// Nothing here measures time: with a scan per event these tests would run into ctest's limit.

TEST(Storm, ten_thousand_incidents_of_one_tenant_become_few_notices) {
    Desk desk;
    std::vector<std::string> services;
    std::vector<model::Watch> watches;
    for (int number = 0; number < many; ++number) {
        services.push_back("service-" + std::to_string(number));
        watches.push_back(desk.watch("asset-" + std::to_string(number) + "/liveness", WatchClass::liveness, {services.back()}));
    }
    desk.tenant("acme", services);
    for (const auto& watch : watches) desk.verify(watch);
    for (int sample = 0; sample < 3; ++sample) {
        for (const auto& watch : watches) {
            desk.now.boot += Milliseconds{1};
            desk.sample(watch, Seen::fail);
        }
        desk.wait(10 * second);
    }
    EXPECT_EQ(desk.book.incidents.size(), static_cast<std::size_t>(many));
    desk.run_for(30 * second);
    EXPECT_LE(desk.book.notices.size(), 2U);
    desk.deliver_all();
    desk.run_for(minute);
    for (int sample = 0; sample < 2; ++sample) {
        for (const auto& watch : watches) desk.sample(watch, Seen::pass);
        desk.wait(10 * second);
    }
    desk.run_for(30 * second);
    desk.deliver_all();
    desk.settle();
    for (const auto& [id, duty] : desk.book.duties) ASSERT_EQ(duty.state, model::DutyState::met) << id;
    desk.wait(60 * minute);
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    EXPECT_EQ(desk.book.incidents.size(), 1U);
}

TEST(Storm, one_incident_of_ten_thousand_tenants) {
    Desk desk;
    for (int number = 0; number < many; ++number) {
        const auto name = "tenant-" + std::to_string(100'000 + number);
        desk.directory.tenants[name].name = name;
        desk.directory.tenants[name].contacts.emplace_back().id = name;
        desk.directory.tenants_of["portal"].push_back(name);
    }
    const auto web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
    desk.verify(web);
    desk.break_down(web);
    desk.run_for(15 * second);
    EXPECT_EQ(desk.book.notices.size(), static_cast<std::size_t>(many) + 1) << "each tenant, and on-call once";
    desk.deliver_all();
    desk.settle();
    desk.run_for(45 * minute);
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(desk.book.duties.size(), static_cast<std::size_t>(3 * many)) << "alert, follow-up, further follow-up";
}

TEST(Storm, ten_thousand_watches_of_one_service_go_down_blind_and_up_again) {
    Desk desk;
    desk.tenant("acme", {"portal"});
    std::vector<model::Watch> watches;
    for (int number = 0; number < many; ++number)
        watches.push_back(desk.watch("asset-" + std::to_string(number) + "/liveness", WatchClass::liveness, {"portal"}));
    for (const auto& watch : watches) desk.verify(watch);
    for (const auto& watch : watches) desk.break_down(watch, Milliseconds{0});
    EXPECT_EQ(desk.book.incidents.size(), 1U);
    for (const auto& watch : watches) desk.sample(watch, Seen::blind);
    desk.run_for(301 * second);
    ASSERT_FALSE(desk.book.blind.empty());
    EXPECT_EQ(desk.book.incidents.at(desk.book.blind).members.size(), static_cast<std::size_t>(many));
    for (int sample = 0; sample < 2; ++sample) {
        for (const auto& watch : watches) desk.sample(watch, Seen::pass);
    }
    for (const auto& [id, incident] : desk.book.incidents) EXPECT_FALSE(incident.open()) << id;
}

} // namespace
} // namespace incidents

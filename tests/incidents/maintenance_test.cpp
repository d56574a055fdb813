#include "incidents/maintenance.hpp"

#include "incidents/commands.hpp"
#include "tests/incidents/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::DutyState;
using model::WatchClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Milliseconds hour{3'600'000};
const std::string window = "MNT-20261123-01";
const std::string incident = "INC-20261123-01";

class Maintenances : public ::testing::Test {
protected:
    Maintenances() {
        desk.tenant("acme", {"portal"});
        desk.tenant("globex", {"portal", "mail"});
        desk.verify(web);
        desk.verify(mail);
    }

    void TearDown() override { EXPECT_EQ(dump(desk.book), dump(replayed(desk))) << "the live events alone make the same book"; }

    std::string declare(Milliseconds in, Milliseconds length, bool regular = false, std::vector<std::string> tenants = {}) {
        return desk.decide(declare_maintenance(desk.book, desk.directory, desk.moment(),
                                               {.title = "database upgrade",
                                                .services = {"portal"},
                                                .tenants = std::move(tenants),
                                                .start = desk.now.wall + in,
                                                .end = desk.now.wall + in + length,
                                                .regular = regular}));
    }

    Desk desk;
    model::Watch web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
    model::Watch mail = desk.watch("mail/liveness", WatchClass::liveness, {"mail"});
};

TEST_F(Maintenances, a_declaration_owes_every_affected_tenant_its_announcement_before_the_lead) {
    ASSERT_EQ(declare(48 * hour, hour), "");
    EXPECT_TRUE(desk.book.maintenances.at(window).maintenance.in_time);
    const auto& duty = desk.duty(window + "/maintenance/1/tenant:acme");
    EXPECT_EQ(duty.deadline.base.wall + duty.deadline.limit, desk.book.maintenances.at(window).maintenance.start - 24 * hour);
    EXPECT_THAT(desk.duty_ids(), ElementsAre(window + "/maintenance/1/tenant:acme", window + "/maintenance/1/tenant:globex"));
    desk.run_for(minute);
    desk.deliver_all();
    EXPECT_EQ(desk.duty(window + "/maintenance/1/tenant:acme").state, DutyState::met);
}

TEST_F(Maintenances, one_that_comes_too_late_for_the_lead_is_announced_at_once_and_is_an_outage) {
    ASSERT_EQ(declare(hour, hour), "");
    EXPECT_FALSE(desk.book.maintenances.at(window).maintenance.in_time);
    EXPECT_TRUE(desk.book.duties.contains(window + "/maintenance/1/tenant:acme"));
}

TEST_F(Maintenances, a_regular_window_is_announced_and_has_to_keep_its_lead) {
    ASSERT_EQ(declare(25 * hour, hour, /*regular=*/true), "");
    EXPECT_TRUE(desk.book.maintenances.at(window).maintenance.in_time);
    EXPECT_TRUE(desk.book.duties.contains(window + "/maintenance/1/tenant:acme"));
    ASSERT_EQ(declare(hour, hour, /*regular=*/true), "");
    EXPECT_FALSE(desk.book.maintenances.at("MNT-20261123-02").maintenance.in_time) << "it came into the configuration an hour before";
}

TEST_F(Maintenances, the_same_window_is_not_declared_twice) {
    ASSERT_EQ(declare(25 * hour, hour), "");
    EXPECT_THAT(declare(25 * hour, hour), HasSubstr(window + " declares this already"));
    EXPECT_EQ(declare(25 * hour, 2 * hour), "") << "another end is another window";
    ASSERT_EQ(desk.decide(cancel_maintenance(desk.book, desk.directory, desk.moment(), window, "moved")), "");
    EXPECT_EQ(declare(25 * hour, hour), "") << "once it is cancelled it can be declared anew";
}

TEST_F(Maintenances, an_outage_in_the_window_is_told_only_to_those_it_does_not_cover) {
    ASSERT_EQ(declare(minute, hour, true, {"acme"}), "");
    desk.run_for(10 * minute);
    desk.break_down(web);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("globex"));
}

TEST_F(Maintenances, who_also_uses_a_service_outside_the_window_hears_of_it) {
    ASSERT_EQ(declare(minute, hour, true), "");
    desk.run_for(10 * minute);
    desk.break_down(mail);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("globex"));
    desk.break_down(web);
    EXPECT_THAT(desk.book.incidents.at("INC-20261123-02").tenants, IsEmpty());
}

TEST_F(Maintenances, still_down_at_the_end_the_end_is_the_detection) {
    ASSERT_EQ(declare(minute, hour, true), "");
    desk.run_for(10 * minute);
    desk.break_down(web);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, IsEmpty());
    desk.run_for(hour);
    const auto& end = desk.book.maintenances.at(window).maintenance.end;
    EXPECT_TRUE(desk.book.maintenances.at(window).ended);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("acme", "globex"));
    EXPECT_EQ(desk.duty(incident + "/first_alert/1/tenant:acme").deadline.base.wall, end);
}

// it ended before its page had waited for others, and affected no tenant: nobody ever heard of it
TEST_F(Maintenances, on_call_hears_of_an_outage_in_the_window_however_short) {
    desk.directory.rules.grouping = minute;
    ASSERT_EQ(declare(minute, hour, true), "");
    desk.run_for(10 * minute);
    desk.happened();
    desk.break_down(web);
    desk.recover(web);
    ASSERT_FALSE(desk.book.incidents.at(incident).open());
    desk.happened();
    desk.run_for(2 * minute);
    EXPECT_THAT(desk.happened(), ElementsAre("NoticeComposed page"));
    desk.run_for(40 * minute);
    desk.deliver_all();
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    desk.restart();
    const auto from_a_snapshot = replayed(desk);
    EXPECT_TRUE(from_a_snapshot.incidents.contains(incident)) << "for its number";
    EXPECT_THAT(from_a_snapshot.pages, IsEmpty()) << "its page was told of and forgotten";
}

TEST_F(Maintenances, what_began_before_the_window_goes_on_being_told) {
    ASSERT_EQ(declare(5 * minute, hour, true), "");
    desk.break_down(web);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("acme", "globex"));
    desk.run_for(50 * minute);
    EXPECT_EQ(desk.duty(incident + "/follow_up/1/tenant:acme").composed, true);
}

TEST_F(Maintenances, a_crash_over_the_end_of_the_window_loses_nobody) {
    ASSERT_EQ(declare(minute, hour, true), "");
    desk.run_for(10 * minute);
    desk.break_down(web);
    desk.heartbeat();
    desk.reboot(2 * hour);
    desk.run_for(minute);
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("acme", "globex"));
    EXPECT_EQ(desk.duty(incident + "/first_alert/1/tenant:acme").state, DutyState::missed);
}

TEST_F(Maintenances, cancelling_corrects_those_who_were_told_and_voids_the_rest) {
    ASSERT_EQ(declare(48 * hour, hour), "");
    desk.run_for(minute);
    desk.deliver(to_tenant("acme"), model::DeliveryOutcome::accepted);
    ASSERT_EQ(desk.decide(cancel_maintenance(desk.book, desk.directory, desk.moment(), window, "not needed")), "");
    EXPECT_EQ(desk.duty(window + "/maintenance/1/tenant:globex").state, DutyState::voided);
    EXPECT_TRUE(desk.book.duties.contains(window + "/correction/1/tenant:acme"));
    EXPECT_FALSE(desk.book.duties.contains(window + "/correction/1/tenant:globex"));
    const auto& cancelled = desk.book.maintenances.at(window);
    EXPECT_EQ(cancelled.declared_end - cancelled.maintenance.start, hour) << "what the correction says was announced";
    desk.run_for(49 * hour);
    desk.break_down(web);
    EXPECT_THAT(desk.book.incidents.begin()->second.tenants, ElementsAre("acme", "globex")) << "the window is no more";
}

TEST_F(Maintenances, an_ended_one_is_forgotten_after_two_days_with_its_duties) {
    ASSERT_EQ(declare(25 * hour, hour), "");
    desk.run_for(minute);
    desk.deliver_all();
    desk.run_for(27 * hour);
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    EXPECT_TRUE(desk.book.maintenances.contains(window));
    desk.run_for(50 * hour);
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    EXPECT_TRUE(desk.book.maintenances.at(window).only_its_number);
    EXPECT_THAT(desk.duty_ids(), IsEmpty());
}

// a second MNT-...-01 of the same date shared the first one's duties after the wall clock had been set back
TEST_F(Maintenances, the_number_of_a_forgotten_one_is_not_given_again) {
    ASSERT_EQ(declare(25 * hour, hour), "");
    desk.run_for(minute);
    desk.deliver_all();
    desk.run_for(80 * hour);
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    ASSERT_EQ(declare(25 * hour, hour), "");
    EXPECT_TRUE(desk.book.maintenances.contains("MNT-20261123-02"));
    desk.run_for(minute);
    desk.deliver_all();
    desk.run_for(80 * hour);
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    EXPECT_FALSE(desk.book.maintenances.contains(window)) << "a later number is all that is needed";
}

TEST_F(Maintenances, what_cannot_be_declared_says_why) {
    EXPECT_THAT(declare(-minute, hour), HasSubstr("after its start"));
    EXPECT_THAT(declare(minute, -minute), HasSubstr("the end must come after the start"));
    EXPECT_THAT(declare(minute, 8 * 24 * hour), HasSubstr("7 days"));
    EXPECT_THAT(declare(minute, hour, false, {"nobody"}), HasSubstr("tenant nobody uses none"));
    EXPECT_THAT(desk.decide(cancel_maintenance(desk.book, desk.directory, desk.moment(), "MNT-1", "")), HasSubstr("no maintenance MNT-1"));
    ASSERT_EQ(declare(minute, hour), "");
    ASSERT_EQ(desk.decide(cancel_maintenance(desk.book, desk.directory, desk.moment(), window, "")), "");
    EXPECT_THAT(desk.decide(cancel_maintenance(desk.book, desk.directory, desk.moment(), window, "")), HasSubstr("already"));
}

// found by the simulator: the notice about a window counted as one about nothing, and was forgotten when it was settled
TEST_F(Maintenances, an_announcement_that_comes_back_is_owed_again_also_by_the_live_events) {
    ASSERT_EQ(declare(hour, hour), "");
    desk.run_for(minute);
    desk.deliver_all();
    desk.book.prune(desk.now, desk.directory.rules.relapse_within);
    const auto& notice = desk.book.notices.at(desk.book.carriers(window + "/maintenance/1/tenant:acme").front());
    ASSERT_EQ(desk.decide(bounce(desk.book, notice.identities.begin()->second.message_id, "550 no such user", desk.moment())), "");
    EXPECT_EQ(desk.duty(window + "/maintenance/1/tenant:acme").state, DutyState::armed);
    desk.run_for(minute);
    desk.deliver_all();
    EXPECT_EQ(desk.duty(window + "/maintenance/1/tenant:acme").state, DutyState::met);
}

} // namespace
} // namespace incidents

#include "incidents/advance.hpp"

#include "tests/incidents/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::WatchClass;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Advance : public ::testing::Test {
protected:
    Advance() {
        desk.tenant("acme", {"portal", "mail"});
        desk.tenant("bravo", {"portal"});
        for (const auto* watch : {&web, &db, &check, &slow, &both}) desk.verify(*watch);
        desk.wait(minute);
        desk.happened();
    }

    const model::Incident& incident(const std::string& number = "01") { return desk.book.incidents.at("INC-20261123-" + number); }
    bool has_duty(const std::string& id) { return desk.book.duties.contains(id); }
    model::Watch watch(const std::string& id, WatchClass watch_class, std::vector<std::string> services) {
        return desk.watch(id, watch_class, std::move(services));
    }

    Desk desk;
    model::Watch web = watch("web/liveness", WatchClass::liveness, {"portal"});
    model::Watch db = watch("db/liveness", WatchClass::liveness, {"portal"});
    model::Watch check = watch("web/fault", WatchClass::fault, {"portal"});
    model::Watch slow = watch("web/performance", WatchClass::performance, {"portal"});
    model::Watch both = watch("shared/liveness", WatchClass::liveness, {"mail", "portal"});
};

TEST_F(Advance, a_confirmed_outage_opens_an_incident_retroactively_and_arms_its_duties) {
    const auto began = desk.now;
    desk.break_down(web, 5 * second);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Opened", "DutiesArmed"));
    EXPECT_EQ(incident().first_bad, began);
    EXPECT_EQ(incident().detect.boot, began.boot + 5 * second) << "the time-out's end";
    EXPECT_EQ(incident().discover, incident().detect);
    EXPECT_EQ(incident().confirm, desk.now);
    EXPECT_EQ(incident().severity, model::Severity::stop);
    EXPECT_THAT(incident().services, ElementsAre("portal"));
    EXPECT_THAT(incident().tenants, ElementsAre("acme", "bravo"));
    EXPECT_THAT(desk.duty_ids(), ElementsAre("INC-20261123-01/first_alert/1/tenant:acme", "INC-20261123-01/first_alert/1/tenant:bravo",
                                             "INC-20261123-01/follow_up/1/tenant:acme", "INC-20261123-01/follow_up/1/tenant:bravo"));
    const auto& alert = desk.duty("INC-20261123-01/first_alert/1/tenant:acme");
    EXPECT_EQ(alert.deadline.base, incident().detect);
    EXPECT_EQ(alert.deadline.limit, 20 * minute);
    EXPECT_THAT(alert.contacts, ElementsAre("acme-1"));
    const auto& follow_up = desk.duty("INC-20261123-01/follow_up/1/tenant:acme");
    EXPECT_EQ(follow_up.deadline.limit, 60 * minute);
    EXPECT_EQ(follow_up.release_after, 45 * minute);
}

TEST_F(Advance, a_blip_opens_nothing) {
    desk.sample(web, Seen::fail);
    desk.wait(10 * second);
    desk.sample(web, Seen::pass);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Cleared"));
    EXPECT_TRUE(desk.book.incidents.empty());
}

TEST_F(Advance, one_of_one_writes_suspected_and_confirmed) {
    auto& rules = web.rules.edit();
    rules.confirm_failures = rules.confirm_window = 1;
    desk.break_down(web);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Opened", "DutiesArmed"));
}

TEST_F(Advance, one_of_one_seen_again_after_a_blind_spell_still_writes_suspected) {
    auto& rules = web.rules.edit();
    rules.confirm_failures = rules.confirm_window = 1;
    desk.sample(web, Seen::blind);
    desk.wait(10 * second);
    desk.sample(web, Seen::fail);
    EXPECT_THAT(desk.happened(), ElementsAre("UnknownBegan", "UnknownEnded", "Suspected", "Confirmed", "Opened", "DutiesArmed"));
}

TEST_F(Advance, another_watch_of_the_service_joins_without_new_duties) {
    desk.break_down(web);
    desk.happened();
    desk.break_down(db);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Joined"));
    EXPECT_EQ(desk.book.incidents.size(), 1U);
    EXPECT_EQ(incident().members.size(), 2U);
}

TEST_F(Advance, a_worse_class_owes_everybody_a_new_first_alert_from_its_own_detection) {
    desk.break_down(check);
    desk.happened();
    desk.wait(30 * minute);
    desk.break_down(web, 5 * second);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Joined", "Worsened", "DutiesArmed"));
    EXPECT_EQ(incident().severity, model::Severity::stop);
    EXPECT_EQ(incident().occurrence, 2U);
    const auto& again = desk.duty("INC-20261123-01/first_alert/2/tenant:bravo");
    EXPECT_EQ(again.deadline.base, incident().members.at("web/liveness").detect);
    EXPECT_FALSE(has_duty("INC-20261123-01/follow_up/2/tenant:bravo"));
}

TEST_F(Advance, a_stop_that_comes_back_while_a_fault_goes_on_is_worse_again) {
    desk.break_down(check);
    desk.break_down(web);
    desk.recover(web);
    desk.wait(minute);
    desk.happened();
    desk.break_down(web);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Joined", "Worsened", "DutiesArmed"));
    EXPECT_TRUE(has_duty("INC-20261123-01/first_alert/3/tenant:acme"));
}

TEST_F(Advance, a_milder_class_changes_nothing_for_customers) {
    desk.break_down(web);
    desk.happened();
    desk.break_down(check);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Joined"));
    EXPECT_EQ(incident().severity, model::Severity::stop);
}

// One asset may serve several services; an incident that it opens has them all, and what joins may concern one of them.
TEST_F(Advance, what_gets_worse_for_one_service_is_an_alert_for_the_customers_of_that_one) {
    desk.tenant("reader", {"wiki"});
    desk.tenant("writer", {"blog", "wiki"});
    const auto both = desk.watch("host/fault", model::WatchClass::fault, {"blog", "wiki"});
    const auto blog = desk.watch("blog/liveness", model::WatchClass::liveness, {"blog"});
    const auto wiki = desk.watch("wiki/liveness", model::WatchClass::liveness, {"wiki"});
    for (const auto* each : {&both, &blog, &wiki}) desk.verify(*each);
    desk.wait(minute);
    desk.break_down(both);
    desk.wait(minute);
    desk.break_down(blog);
    EXPECT_TRUE(has_duty("INC-20261123-01/first_alert/2/tenant:writer"));
    EXPECT_FALSE(has_duty("INC-20261123-01/first_alert/2/tenant:reader")) << "the wiki is no worse than it was";
    desk.break_down(wiki);
    EXPECT_TRUE(has_duty("INC-20261123-01/first_alert/2/tenant:reader")) << "the incident is no worse by it, but theirs is";
    EXPECT_FALSE(has_duty("INC-20261123-01/first_alert/3/tenant:writer")) << "the blog has stopped: that is worse";
    desk.recover(blog);
    desk.recover(wiki);
    EXPECT_EQ(incident().severity, model::Severity::fault);
    EXPECT_EQ(incident().worst_of.at("wiki"), model::Severity::stop);
}

TEST_F(Advance, a_relapse_of_one_service_does_not_open_the_incident_of_several_again) {
    desk.tenant("reader", {"wiki"});
    const auto both = desk.watch("host/liveness", model::WatchClass::liveness, {"blog", "wiki"});
    const auto blog = desk.watch("blog/liveness", model::WatchClass::liveness, {"blog"});
    for (const auto* each : {&both, &blog}) desk.verify(*each);
    desk.break_down(both);
    desk.recover(both);
    desk.break_down(blog);
    EXPECT_FALSE(incident().open()) << "the customers of the wiki would be told of a relapse that is none of theirs";
    EXPECT_EQ(desk.book.incidents.at("INC-20261123-02").linked_to, "INC-20261123-01");
    desk.recover(blog);
    desk.break_down(both);
    EXPECT_TRUE(incident().open() || desk.book.incidents.at("INC-20261123-02").open());
}

TEST_F(Advance, eases_while_members_remain_and_restores_with_the_last) {
    desk.break_down(check);
    desk.break_down(web);
    desk.happened();
    desk.recover(web);
    EXPECT_THAT(desk.happened(), ElementsAre("Recovered", "Eased"));
    EXPECT_EQ(incident().severity, model::Severity::fault);
    EXPECT_EQ(incident().worst, model::Severity::stop);
    const auto restore = desk.now;
    desk.recover(check);
    EXPECT_THAT(desk.happened(), ElementsAre("Recovered", "Restored", "DutiesArmed"));
    EXPECT_FALSE(incident().open());
    EXPECT_EQ(incident().restore.boot, restore.boot - Milliseconds{50});
    EXPECT_EQ(incident().recover_confirm, desk.now);
    const auto& recovery = desk.duty("INC-20261123-01/recovery/1/tenant:acme");
    EXPECT_EQ(recovery.deadline.base, desk.now);
    EXPECT_EQ(recovery.deadline.limit, 20 * minute);
}

TEST_F(Advance, a_relapse_within_ten_minutes_reopens_and_owes_a_new_alert) {
    desk.break_down(web);
    desk.recover(web);
    desk.wait(10 * minute - 10 * second - Milliseconds{50});  // exactly ten minutes after restore
    desk.happened();
    desk.break_down(web);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Relapsed", "DutiesArmed"));
    EXPECT_TRUE(incident().open());
    EXPECT_EQ(incident().relapses, 1U);
    EXPECT_EQ(incident().restore, Instant{});
    EXPECT_EQ(desk.duty("INC-20261123-01/first_alert/2/tenant:acme").deadline.base, incident().members.at("web/liveness").detect);
    EXPECT_FALSE(has_duty("INC-20261123-01/follow_up/2/tenant:acme")) << "the first one is still armed";
    desk.recover(web);
    EXPECT_TRUE(has_duty("INC-20261123-01/recovery/2/tenant:acme"));
}

TEST_F(Advance, a_relapse_arms_a_new_follow_up_when_none_is_armed) {
    desk.break_down(web);
    desk.recover(web);
    desk.run_for(15 * second);
    desk.deliver_all();
    desk.settle();
    desk.wait(minute);
    desk.break_down(web);
    EXPECT_EQ(desk.duty("INC-20261123-01/follow_up/2/tenant:acme").deadline.base, incident().members.at("web/liveness").detect);
}

TEST_F(Advance, later_ones_open_a_new_incident_linked_to_the_old) {
    desk.break_down(web);
    desk.recover(web);
    desk.wait(10 * minute);
    desk.happened();
    desk.break_down(web);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Opened", "DutiesArmed"));
    EXPECT_EQ(incident("02").linked_to, "INC-20261123-01");
}

TEST_F(Advance, a_shared_asset_opens_an_incident_only_for_services_that_have_none) {
    desk.break_down(web);
    desk.happened();
    desk.break_down(both);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Joined", "Opened", "DutiesArmed"));
    EXPECT_THAT(incident("02").services, ElementsAre("mail"));
    EXPECT_THAT(incident("02").tenants, ElementsAre("acme"));
    desk.recover(both);
    EXPECT_TRUE(incident("01").open());
    EXPECT_FALSE(incident("02").open());
}

TEST_F(Advance, a_shared_asset_alone_opens_one_incident_for_all_its_services) {
    desk.break_down(both);
    EXPECT_THAT(incident().services, ElementsAre("mail", "portal"));
    desk.break_down(web);
    EXPECT_EQ(desk.book.incidents.size(), 1U);
}

TEST_F(Advance, a_tenant_added_meanwhile_is_alerted_when_the_next_watch_joins) {
    desk.break_down(web);
    desk.tenant("carol", {"portal"});
    desk.wait(minute);
    desk.break_down(db);
    EXPECT_THAT(incident().tenants, ElementsAre("acme", "bravo", "carol"));
    EXPECT_EQ(desk.duty("INC-20261123-01/first_alert/1/tenant:carol").deadline.base, incident().members.at("db/liveness").detect);
    EXPECT_TRUE(has_duty("INC-20261123-01/follow_up/1/tenant:carol"));
    EXPECT_FALSE(has_duty("INC-20261123-01/first_alert/2/tenant:acme"));
}

TEST_F(Advance, performance_notices_go_out_by_default) {
    slow.rules.edit().window = Milliseconds{0};
    desk.sample(slow, Seen::pass);
    for (int sample = 0; sample < 30; ++sample) {
        desk.wait(30 * second);
        desk.sample(slow, Seen::slow);
    }
    EXPECT_EQ(incident().severity, model::Severity::performance);
    EXPECT_EQ(incident().detect, desk.duty("INC-20261123-01/first_alert/1/tenant:acme").deadline.base);
    EXPECT_EQ(incident().detect, incident().members.at("web/performance").detect);
}

TEST_F(Advance, an_unverified_watch_concerns_on_call_only_until_it_passes) {
    const auto fresh = watch("new/liveness", WatchClass::liveness, {"portal"});
    desk.break_down(fresh);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Opened"));
    EXPECT_EQ(incident().kind, model::IncidentKind::unverified);
    EXPECT_THAT(incident().tenants, IsEmpty());
    desk.wait(minute);
    desk.sample(fresh, Seen::pass);
    EXPECT_THAT(desk.happened(), ElementsAre("Verified", "Recovered", "Restored"));
    desk.wait(minute);
    desk.break_down(fresh);
    EXPECT_EQ(incident("02").kind, model::IncidentKind::customer) << "from now on its failures are the customers' business";
}

TEST_F(Advance, an_unverified_watch_that_is_seen_again_cleared_and_verified_at_once_misses_nothing) {
    const auto fresh = watch("new/liveness", WatchClass::liveness, {"portal"});
    desk.sample(fresh, Seen::fail);
    desk.wait(10 * second);
    desk.sample(fresh, Seen::blind);
    desk.wait(10 * second);
    desk.happened();
    desk.sample(fresh, Seen::pass);
    EXPECT_THAT(desk.happened(), ElementsAre("UnknownEnded", "Verified", "Cleared"));
}

TEST_F(Advance, numbers_count_per_date_with_two_digits_at_least) {
    desk.book.incident_numbers.count("INC-20261123-98");
    desk.break_down(web);
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261123-99"));
    desk.break_down(both);
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261123-100"));
    desk.date = "20261124";
    desk.break_down(watch("new/liveness", WatchClass::liveness, {"portal"}));
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261124-01"));
    desk.date = "20261122";  // the wall clock was set back: what that day's numbers were is not remembered
    desk.break_down(watch("other/liveness", WatchClass::liveness, {"mail"}));
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261122-101"));
}

TEST_F(Advance, a_deadline_armed_after_a_reboot_counts_from_the_detection_before_it) {
    desk.sample(web, Seen::fail);
    desk.wait(4 * minute);
    desk.heartbeat();
    desk.reboot(minute, Milliseconds{-3'600'000});
    desk.wait(10 * second);
    desk.sample(web, Seen::fail);
    desk.wait(10 * second);
    desk.sample(web, Seen::fail);
    const auto& alert = desk.duty("INC-20261123-01/first_alert/1/tenant:acme");
    EXPECT_TRUE(alert.deadline.estimated);
    EXPECT_EQ(alert.deadline.elapsed_at_anchor, 4 * minute + 25 * second)
        << "the last heartbeat and the 5 s of the new boot, as the wall clock was set back";
}

TEST_F(Advance, new_deadlines_are_marked_while_the_clock_is_doubtful) {
    desk.sample(web, Seen::fail);
    desk.wait(10 * second);
    desk.sample(web, Seen::fail);
    desk.wait(10 * second);
    model::Verdict verdict;
    verdict.change = model::Change::confirmed;
    verdict.detect = verdict.decided = desk.now;
    const auto events = advance(desk.book, web, verdict, desk.directory, {desk.now, desk.date, /*clock_doubtful=*/true});
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(std::get<model::Opened>(events[1]).incident.clock_doubtful);
    EXPECT_TRUE(std::get<model::DutiesArmed>(events[2]).duties.front().deadline.clock_doubtful);
}

TEST_F(Advance, a_lost_line_is_owed_to_the_manager_and_to_no_customer) {
    auto line = watch("line:isp-a", WatchClass::liveness, {});
    line.line = true;
    desk.verify(line);
    desk.happened();
    const auto began = desk.now;
    desk.break_down(line, 5 * second);
    EXPECT_THAT(desk.happened(), ElementsAre("Suspected", "Confirmed", "Opened", "DutiesArmed"));
    EXPECT_EQ(incident().kind, model::IncidentKind::line);
    EXPECT_EQ(incident().severity, model::Severity::line);
    EXPECT_THAT(incident().tenants, IsEmpty());
    EXPECT_THAT(desk.duty_ids(), ElementsAre("INC-20261123-01/line_fault/1/manager"));
    EXPECT_EQ(desk.duty("INC-20261123-01/line_fault/1/manager").deadline.base.boot, began.boot + 5 * second);
    desk.run_for(minute);
    desk.deliver_all();
    desk.break_down(web);
    EXPECT_TRUE(has_duty("INC-20261123-02/first_alert/1/tenant:acme")) << "customers' incidents are apart";
    desk.recover(line);
    EXPECT_FALSE(incident().open());
    std::vector<std::string> told;
    for (const auto& release : desk.settle()) told.push_back(release.page);
    desk.wait(minute);
    for (const auto& release : desk.settle()) {
        if (release.subjects == std::vector<std::string>{"INC-20261123-01"} && release.page == "restored")
            told.push_back(release.recipient == to_manager() ? "manager" : "on-call");
    }
    EXPECT_THAT(told, ::testing::IsSupersetOf({"manager", "on-call"}));
    EXPECT_EQ(dump(desk.book), dump(replayed(desk)));
}

} // namespace
} // namespace incidents

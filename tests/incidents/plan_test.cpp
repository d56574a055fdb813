#include "incidents/plan.hpp"

#include "tests/incidents/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::DeliveryOutcome;
using model::DutyState;
using model::Stage;
using model::WatchClass;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::string duty_of(const std::string& stage, int ordinal = 1, const std::string& incident = "01") {
    return "INC-20261123-" + incident + "/" + stage + "/" + std::to_string(ordinal) + "/tenant:acme";
}

class PlanOfDuties : public ::testing::Test {
protected:
    PlanOfDuties() {
        desk.tenant("acme", {"portal", "mail"});
        for (const auto* watch : {&web, &mail, &check}) desk.verify(*watch);
        desk.wait(minute);
    }
    void break_web() {
        desk.break_down(web);
        detect = desk.now.boot - 20 * second - Milliseconds{100};
        desk.happened();
    }
    /// Releases to the tenant that fell due until then.
    std::vector<Release> customer_releases(Milliseconds until) {
        std::vector<Release> releases;
        while (true) {
            for (auto& release : desk.settle()) {
                if (release.stage != Stage::page) releases.push_back(std::move(release));
            }
            const auto next = std::min(until, plan(desk.book, desk.directory, desk.moment()).next);
            if (desk.now.boot >= until) return releases;
            desk.wait(next - desk.now.boot);
        }
    }

    Desk desk;
    model::Watch web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
    model::Watch mail = desk.watch("mail/liveness", WatchClass::liveness, {"mail"});
    model::Watch check = desk.watch("web/fault", WatchClass::fault, {"portal"});
    Milliseconds detect{0};
};

TEST_F(PlanOfDuties, the_first_alert_waits_for_grouping_and_no_longer) {
    break_web();
    const auto armed = desk.now.boot;
    EXPECT_THAT(desk.settle(), IsEmpty());
    EXPECT_EQ(plan(desk.book, desk.directory, desk.moment()).next, armed + 15 * second);
    const auto releases = customer_releases(armed + 15 * second);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].stage, Stage::first_alert);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("first_alert")));
    EXPECT_THAT(releases[0].subjects, ElementsAre("INC-20261123-01"));
    EXPECT_THAT(desk.settle(), IsEmpty()) << "asking again yields nothing new";
}

TEST_F(PlanOfDuties, incidents_within_one_grouping_wait_become_one_digest) {
    break_web();
    desk.break_down(mail);
    const auto releases = customer_releases(desk.now.boot + 15 * second);
    ASSERT_EQ(releases.size(), 1U) << "confirmed 20 s later, so the first goes when the second is due within the wait";
    EXPECT_THAT(releases[0].subjects, ElementsAre("INC-20261123-01", "INC-20261123-02"));
}

TEST_F(PlanOfDuties, the_follow_up_goes_out_by_itself_at_three_quarters) {
    break_web();
    desk.run_for(15 * second);
    desk.deliver_all();
    EXPECT_THAT(customer_releases(detect + 45 * minute - Milliseconds{1}), IsEmpty());
    const auto releases = customer_releases(detect + 45 * minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].stage, Stage::follow_up);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("follow_up")));
}

TEST_F(PlanOfDuties, recovery_before_the_first_alert_makes_one_combined_notice) {
    break_web();
    desk.recover(web);
    const auto releases = customer_releases(desk.now.boot + minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].stage, Stage::recovery);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("first_alert"), duty_of("follow_up"), duty_of("recovery")));
    desk.deliver_all();
    desk.settle();
    for (const auto& [id, duty] : desk.book.duties) EXPECT_EQ(duty.state, DutyState::met) << id;
}

TEST_F(PlanOfDuties, recovery_takes_over_a_first_alert_that_nobody_accepted_yet) {
    break_web();
    desk.run_for(15 * second);
    desk.recover(web);
    const auto releases = customer_releases(desk.now.boot + minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_THAT(releases[0].duties, Contains(duty_of("first_alert")));
    EXPECT_EQ(desk.book.notices.at("notice-1").envelopes.begin()->second, EnvelopeState::superseded);
}

TEST_F(PlanOfDuties, a_superseded_envelope_that_was_under_way_still_counts) {
    break_web();
    desk.run_for(15 * second);
    const auto envelope = desk.book.notices.at("notice-1").envelopes.begin()->first;
    desk.recover(web);
    desk.run_for(minute);
    model::Delivery delivery;
    delivery.envelope = envelope;
    delivery.outcome = DeliveryOutcome::accepted;
    delivery.ended = desk.now;
    desk.append({model::DeliveryRecorded{delivery}});
    EXPECT_EQ(desk.duty(duty_of("first_alert")).state, DutyState::met);
    EXPECT_EQ(desk.duty(duty_of("recovery")).state, DutyState::armed) << "that text did not say so";
}

TEST_F(PlanOfDuties, recovery_after_an_accepted_alert_carries_only_what_is_still_owed) {
    break_web();
    desk.run_for(15 * second);
    desk.deliver_all();
    desk.recover(web);
    const auto releases = customer_releases(desk.now.boot + minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("follow_up"), duty_of("recovery")));
    desk.deliver_all();
    EXPECT_THAT(customer_releases(detect + 3 * 60 * minute), IsEmpty()) << "the armed follow-up is fulfilled by the recovery report";
}

TEST_F(PlanOfDuties, a_relapse_before_the_recovery_was_told_sends_only_the_new_alert) {
    break_web();
    desk.run_for(15 * second);
    desk.deliver_all();
    desk.recover(web);   // its notice waits for grouping when the relapse is confirmed
    desk.directory.rules.grouping = minute;
    desk.recover(web);
    desk.wait(5 * second);
    desk.break_down(web);
    const auto releases = customer_releases(desk.now.boot + 2 * minute);
    for (const auto& release : releases) EXPECT_NE(release.stage, Stage::recovery);
    EXPECT_TRUE(desk.duty(duty_of("recovery")).composed);
    EXPECT_THAT(releases.front().duties, Contains(duty_of("first_alert", 2)));
}

TEST_F(PlanOfDuties, a_relapse_takes_over_an_undelivered_recovery_and_its_follow_up) {
    break_web();
    desk.run_for(15 * second);
    desk.recover(web);
    desk.run_for(minute);
    desk.break_down(web);
    const auto releases = customer_releases(desk.now.boot + minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].stage, Stage::follow_up) << "the recovery carried the follow-up: the new text must say all of it";
    EXPECT_THAT(releases[0].duties,
                ElementsAre(duty_of("first_alert", 1), duty_of("first_alert", 2), duty_of("follow_up"), duty_of("recovery")));
    const auto recovery = std::ranges::find(desk.book.notices, Stage::recovery, [](const auto& notice) { return notice.second.stage; });
    ASSERT_NE(recovery, desk.book.notices.end());
    EXPECT_EQ(recovery->second.envelopes.begin()->second, EnvelopeState::superseded) << "nobody is told of a recovery that is over";
}

TEST_F(PlanOfDuties, worsening_takes_over_an_undelivered_first_alert) {
    desk.break_down(check);
    desk.run_for(15 * second);
    desk.break_down(web);
    const auto releases = customer_releases(desk.now.boot + minute);
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].stage, Stage::first_alert);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("first_alert", 1), duty_of("first_alert", 2)));
}

TEST_F(PlanOfDuties, a_follow_up_leaves_a_younger_first_alert_to_its_own_notice) {
    desk.break_down(check);
    const auto base = desk.book.incidents.begin()->second.detect.boot;
    desk.run_for(15 * second);
    desk.deliver_all();
    desk.run_until(base + 45 * minute - 25 * second);
    desk.break_down(web);  // worse, and confirmed 5 s before the follow-up is due
    const auto releases = customer_releases(base + 46 * minute);
    ASSERT_EQ(releases.size(), 2U);
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("follow_up")));
    EXPECT_EQ(releases[1].stage, Stage::first_alert);
    EXPECT_THAT(releases[1].duties, ElementsAre(duty_of("first_alert", 2)));
}

TEST_F(PlanOfDuties, a_follow_up_takes_over_an_undelivered_first_alert) {
    break_web();
    const auto releases = customer_releases(detect + 45 * minute);
    ASSERT_EQ(releases.size(), 2U);
    EXPECT_THAT(releases[1].duties, ElementsAre(duty_of("first_alert"), duty_of("follow_up")));
}

TEST_F(PlanOfDuties, on_call_is_told_at_each_mark_and_the_manager_of_the_miss) {
    break_web();
    desk.run_until(detect + 20 * minute);
    EXPECT_THAT(desk.happened(), ElementsAre("NoticeComposed first_alert", "NoticeComposed page", "DutyAtRisk 50", "NoticeComposed page",
                                             "DutyAtRisk 75", "NoticeComposed page", "DutyAtRisk 90", "NoticeComposed page"));
    desk.wait(Milliseconds{1});
    const auto releases = desk.settle();
    EXPECT_THAT(desk.happened(), ElementsAre("DutyMissed relays_failed", "NoticeComposed page"));
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].page, "missed");
    EXPECT_EQ(releases[0].recipient, to_manager());
}

TEST_F(PlanOfDuties, marks_that_passed_together_are_told_once_with_the_highest) {
    desk.tenant("bravo", {"portal"});
    break_web();
    desk.run_for(15 * second);
    desk.wait(16 * minute);
    desk.happened();
    const auto releases = desk.settle();
    EXPECT_THAT(desk.happened(), ElementsAre("DutyAtRisk 75", "DutyAtRisk 75", "NoticeComposed page"));
    ASSERT_EQ(releases.size(), 1U) << "two tenants, one page";
    EXPECT_EQ(releases[0].percent, 75U);
    EXPECT_THAT(releases[0].subjects, ElementsAre("INC-20261123-01"));
}

TEST_F(PlanOfDuties, an_accepted_duty_is_at_no_risk) {
    break_web();
    desk.run_for(15 * second);
    desk.deliver_all();
    desk.run_until(detect + 29 * minute);
    EXPECT_THAT(desk.happened(), Not(Contains("DutyAtRisk 50")));
}

TEST_F(PlanOfDuties, a_limit_that_passed_while_nobody_ran_is_missed_with_that_cause_and_sent_at_once) {
    break_web();
    desk.heartbeat();
    desk.wait(70 * minute);
    desk.restart();
    desk.happened();
    const auto releases = desk.settle();
    const auto happened = desk.happened();
    EXPECT_EQ(std::ranges::count(happened, "DutyMissed monitor_down"), 2);
    EXPECT_THAT(happened, Not(Contains("DutyAtRisk 50")));
    ASSERT_EQ(releases.size(), 3U);
    EXPECT_EQ(releases[1].page, "opened") << "on-call has not heard of the incident yet";
    EXPECT_EQ(releases[2].page, "missed");
    EXPECT_EQ(releases[0].stage, Stage::follow_up) << "one notice for both";
    EXPECT_THAT(releases[0].duties, ElementsAre(duty_of("first_alert"), duty_of("follow_up")));
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(desk.duty(duty_of("first_alert")).state, DutyState::late);
}

TEST_F(PlanOfDuties, a_tenant_without_contacts_is_told_to_on_call_and_missed_as_such) {
    desk.directory.tenants["acme"].contacts.clear();
    break_web();
    desk.run_until(detect + 21 * minute);
    const auto happened = desk.happened();
    EXPECT_THAT(happened, Contains("DutyAtRisk 100"));
    EXPECT_THAT(happened, Contains("DutyMissed no_contact"));
    EXPECT_FALSE(desk.duty(duty_of("first_alert")).settled) << "until the incident ends somebody may be found";
}

TEST_F(PlanOfDuties, on_call_hears_of_an_unverified_watch_and_of_its_end_once) {
    const auto fresh = desk.watch("new/liveness", WatchClass::liveness, {"portal"});
    desk.break_down(fresh);
    EXPECT_THAT(desk.settle(), IsEmpty()) << "grouped, as a storm would be";
    desk.wait(15 * second);
    auto releases = desk.settle();
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].page, "unverified");
    EXPECT_EQ(releases[0].recipient, to_on_call());
    EXPECT_THAT(desk.settle(), IsEmpty());
    desk.sample(fresh, Seen::pass);
    desk.wait(15 * second);
    releases = desk.settle();
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].page, "unverified_recovered");
    EXPECT_THAT(desk.settle(), IsEmpty());
}

struct Spell {
    WatchClass watch_class;
    Milliseconds limit;
};

TEST_F(PlanOfDuties, unknown_for_longer_than_the_interval_limit_is_an_incident_for_staff) {
    for (const auto& spell : {Spell{WatchClass::liveness, 300 * second}, Spell{WatchClass::fault, 600 * second}}) {
        SCOPED_TRACE(spell.limit.count());
        Desk fresh;
        const auto watch = fresh.watch("web", spell.watch_class, {"portal"});
        fresh.tenant("acme", {"portal"});
        fresh.verify(watch);
        fresh.wait(minute);
        fresh.sample(watch, Seen::blind);
        const auto since = fresh.now.boot - Milliseconds{50};
        fresh.run_until(since + spell.limit - Milliseconds{1});
        EXPECT_TRUE(fresh.book.incidents.empty());
        fresh.run_until(since + spell.limit);
        ASSERT_EQ(fresh.book.incidents.size(), 1U);
        EXPECT_EQ(fresh.book.incidents.begin()->second.kind, model::IncidentKind::blind);
        EXPECT_THAT(fresh.duty_ids(), ElementsAre("INC-20261123-01/blind/1/manager", "INC-20261123-01/blind/1/on_call"));
        const auto& on_call = fresh.duty("INC-20261123-01/blind/1/on_call");
        EXPECT_EQ(on_call.deadline.base.boot, since + spell.limit);
        EXPECT_EQ(on_call.deadline.limit, 10 * minute);
        EXPECT_EQ(fresh.duty("INC-20261123-01/blind/1/manager").deadline.limit, 60 * minute);
        fresh.run_for(15 * second);
        fresh.deliver_all();
        fresh.settle();
        EXPECT_EQ(on_call.state, DutyState::met);
        fresh.happened();
        fresh.sample(watch, Seen::pass);
        EXPECT_THAT(fresh.happened(), ElementsAre("UnknownEnded", "Restored"));
        EXPECT_TRUE(fresh.book.blind.empty());
    }
}

TEST_F(PlanOfDuties, every_watch_that_is_blind_too_long_joins_the_one_blind_incident) {
    desk.sample(web, Seen::blind);
    desk.sample(mail, Seen::blind);
    desk.wait(minute);
    desk.sample(check, Seen::blind);
    desk.happened();
    desk.run_for(300 * second);
    EXPECT_THAT(desk.happened(), ::testing::ElementsAre("Opened", "DutiesArmed", "Joined", "NoticeComposed blind", "NoticeComposed blind"));
    desk.run_for(600 * second);
    const auto& blind = desk.book.incidents.at("INC-20261123-01");
    EXPECT_EQ(blind.members.size(), 3U);
    desk.happened();
    desk.sample(mail, Seen::pass);
    EXPECT_THAT(desk.happened(), ElementsAre("UnknownEnded", "Eased"));
    EXPECT_EQ(blind.severity, model::Severity::blind);
    desk.sample(web, Seen::pass);
    desk.sample(check, Seen::pass);
    EXPECT_FALSE(blind.open());
}

TEST_F(PlanOfDuties, a_blind_spell_goes_on_over_a_reboot) {
    desk.sample(web, Seen::blind);
    desk.wait(4 * minute);
    desk.heartbeat();
    desk.reboot(Milliseconds{0}, Milliseconds{-3'600'000});
    desk.settle();
    EXPECT_TRUE(desk.book.incidents.empty());
    desk.run_for(minute);
    ASSERT_EQ(desk.book.incidents.size(), 1U);
    EXPECT_LE(desk.duty("INC-20261123-01/blind/1/on_call").deadline.elapsed_at_anchor, second);
}

TEST_F(PlanOfDuties, the_notice_counts_reports_by_recipient) {
    desk.tenant("bravo", {"portal"});
    break_web();
    desk.run_for(15 * second);
    EXPECT_EQ(desk.book.reports_to("INC-20261123-01", to_tenant("acme")), 1U);
    EXPECT_EQ(desk.book.reports_to("INC-20261123-01", to_tenant("bravo")), 1U);
    EXPECT_EQ(desk.book.reports_to("INC-20261123-01", to_on_call()), 0U);
}

TEST_F(PlanOfDuties, nothing_to_do_has_no_next_moment) {
    EXPECT_EQ(plan(desk.book, desk.directory, desk.moment()).next, Milliseconds::max());
    break_web();
    EXPECT_NE(plan(desk.book, desk.directory, desk.moment()).next, Milliseconds::max());
}

} // namespace
} // namespace incidents

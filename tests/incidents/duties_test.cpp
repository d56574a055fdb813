#include "incidents/duties.hpp"

#include "incidents/elapsed.hpp"
#include "tests/incidents/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::DeliveryOutcome;
using model::DutyState;
using model::WatchClass;
using ::testing::ElementsAre;

/// One outage of one service for one tenant, detected at `detect`.
class Duties : public ::testing::Test {
protected:
    Duties() { open(1); }

    void open(std::uint32_t contacts) {
        desk.tenant("acme", {"portal"}, contacts);
        desk.verify(web);
        desk.wait(minute);
        desk.break_down(web);
        detect = desk.book.incidents.begin()->second.detect;
        desk.happened();
    }
    void at(Milliseconds after_detect) { desk.run_until(detect.boot + after_detect); }
    const model::Duty& alert() { return desk.duty("INC-20261123-01/first_alert/1/tenant:acme"); }
    const model::Duty& follow_up(int ordinal = 1) {
        return desk.duty("INC-20261123-01/follow_up/" + std::to_string(ordinal) + "/tenant:acme");
    }
    std::vector<model::EnvelopeId> pending() {
        std::vector<model::EnvelopeId> ids;
        for (const auto& [id, notice] : desk.book.notices) {
            for (const auto& [envelope, state] : notice.envelopes) {
                if (notice.recipient == to_tenant("acme") && state == EnvelopeState::pending) ids.push_back(envelope);
            }
        }
        return ids;
    }
    void record(const model::EnvelopeId& envelope, DeliveryOutcome outcome, Instant ended) {
        model::Delivery delivery;
        delivery.envelope = envelope;
        delivery.outcome = outcome;
        delivery.ended = ended;
        desk.append({model::DeliveryRecorded{delivery}});
    }

    Desk desk;
    model::Watch web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
    Instant detect;
};

struct Acceptance {
    Milliseconds after;
    DutyState state;
    bool breached;
};

TEST(DutyLimit, is_met_when_accepted_at_the_limit_exactly) {
    for (const auto& acceptance :
         {Acceptance{minute, DutyState::met, false}, Acceptance{20 * minute, DutyState::met, false},
          Acceptance{20 * minute + Milliseconds{1}, DutyState::late, true}, Acceptance{35 * minute, DutyState::late, true}}) {
        SCOPED_TRACE(acceptance.after.count());
        Desk desk;
        desk.tenant("acme", {"portal"});
        const auto web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
        desk.verify(web);
        desk.break_down(web);
        const auto detect = desk.book.incidents.begin()->second.detect;
        desk.run_until(detect.boot + acceptance.after);
        desk.deliver(to_tenant("acme"), DeliveryOutcome::accepted);
        desk.settle();
        const auto& alert = desk.duty("INC-20261123-01/first_alert/1/tenant:acme");
        EXPECT_EQ(alert.state, acceptance.state);
        EXPECT_EQ(alert.breached, acceptance.breached);
        EXPECT_EQ(alert.elapsed, acceptance.after);
        EXPECT_TRUE(alert.settled);
    }
}

TEST_F(Duties, late_without_a_miss_recorded_in_between_still_gets_its_one_breach_record) {
    at(10 * minute);
    desk.wait(20 * minute);  // nobody looked at the clock meanwhile
    desk.deliver(to_tenant("acme"), DeliveryOutcome::accepted);
    EXPECT_EQ(alert().state, DutyState::late);
    desk.happened();
    desk.settle();
    EXPECT_TRUE(alert().breached);
    EXPECT_EQ(std::ranges::count(desk.happened(), "DutyMissed relays_failed"), 1);
    EXPECT_EQ(alert().state, DutyState::late);
}

TEST_F(Duties, an_acceptance_before_the_limit_that_is_heard_of_after_it_is_met) {
    at(10 * minute);
    const auto ended = desk.now;
    at(21 * minute);
    EXPECT_EQ(alert().state, DutyState::missed);
    record(pending().front(), DeliveryOutcome::accepted, ended);
    EXPECT_EQ(alert().state, DutyState::met);
}

TEST_F(Duties, retries_and_unknown_ends_change_nothing) {
    at(minute);
    record(pending().front(), DeliveryOutcome::retry, desk.now);
    record(pending().front(), DeliveryOutcome::unknown, desk.now);
    EXPECT_EQ(alert().state, DutyState::armed);
    EXPECT_EQ(pending().size(), 1U);
}

struct Policy {
    model::ContactPolicy policy;
    std::vector<DutyState> after_each;
};

TEST(ContactPolicy, says_how_many_must_accept) {
    const Policy policies[] = {{model::ContactPolicy::any, {DutyState::met, DutyState::met}},
                               {model::ContactPolicy::primary, {DutyState::met, DutyState::met}},
                               {model::ContactPolicy::all, {DutyState::armed, DutyState::met}}};
    for (const auto& row : policies) {
        SCOPED_TRACE(static_cast<int>(row.policy));
        Desk desk;
        desk.policy = row.policy;
        desk.tenant("acme", {"portal"}, 2);
        const auto web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
        desk.verify(web);
        desk.break_down(web);
        desk.run_for(minute);
        const auto envelopes = desk.book.notices.begin()->second.envelopes;
        std::size_t index = 0;
        for (const auto& [envelope, state] : envelopes) {
            model::Delivery delivery;
            delivery.envelope = envelope;
            delivery.outcome = DeliveryOutcome::accepted;
            delivery.ended = desk.now;
            desk.append({model::DeliveryRecorded{delivery}});
            EXPECT_EQ(desk.duty("INC-20261123-01/first_alert/1/tenant:acme").state, row.after_each[index++]);
        }
    }
}

TEST_F(Duties, when_every_contact_refuses_on_call_hears_it_once_and_the_miss_names_it) {
    at(minute);
    desk.deliver(to_tenant("acme"), DeliveryOutcome::refused);
    desk.happened();
    const auto releases = desk.settle();
    ASSERT_EQ(releases.size(), 1U);
    EXPECT_EQ(releases[0].page, "no_contact");
    EXPECT_EQ(releases[0].recipient, to_on_call());
    EXPECT_THAT(desk.happened(), ElementsAre("DutyAtRisk 100", "NoticeComposed page"));
    EXPECT_TRUE(desk.settle().empty());
    at(20 * minute + second);
    EXPECT_EQ(alert().state, DutyState::missed);
    EXPECT_FALSE(alert().settled) << "while the incident is open a later notice may still carry it";
    EXPECT_THAT(desk.happened(), ::testing::Contains("DutyMissed refused"));
    desk.recover(web);
    desk.run_for(minute);
    EXPECT_FALSE(alert().settled) << "the recovery notice carries it";
    desk.deliver(to_tenant("acme"), DeliveryOutcome::accepted);
    desk.settle();
    EXPECT_EQ(alert().state, DutyState::late) << "told after all, with the recovery";
    EXPECT_TRUE(alert().settled);
}

TEST_F(Duties, a_missed_duty_stays_unsettled_while_something_is_still_being_sent) {
    at(21 * minute);
    EXPECT_EQ(alert().state, DutyState::missed);
    EXPECT_FALSE(alert().settled);
    desk.recover(web);
    desk.run_for(minute);
    desk.deliver(to_tenant("acme"), DeliveryOutcome::undeliverable);
    desk.settle();
    EXPECT_EQ(alert().state, DutyState::missed);
    EXPECT_TRUE(alert().settled) << "nothing is left to send";
}

TEST_F(Duties, further_follow_ups_run_from_the_acceptance_of_the_one_before_until_recovery) {
    at(minute);
    desk.deliver_all();
    at(45 * minute);
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(follow_up(1).state, DutyState::met);
    EXPECT_EQ(follow_up(2).deadline.base.boot, detect.boot + 45 * minute);
    at(90 * minute);
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(follow_up(3).deadline.base.boot, detect.boot + 90 * minute);
    desk.recover(web);
    desk.run_for(15 * second);
    EXPECT_TRUE(follow_up(3).composed) << "the recovery report takes it over";
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(follow_up(3).state, DutyState::met);
    EXPECT_FALSE(desk.book.duties.contains("INC-20261123-01/follow_up/4/tenant:acme"));
}

TEST_F(Duties, two_follow_ups_accepted_by_one_notice_lead_to_one_more) {
    at(65 * minute);  // the first one is missed, and still being sent
    desk.recover(web);
    desk.wait(minute);
    desk.break_down(web);
    EXPECT_EQ(follow_up(1).state, DutyState::missed);
    EXPECT_EQ(follow_up(2).state, DutyState::armed);
    desk.run_for(45 * minute);
    desk.happened();
    desk.deliver_all();
    desk.settle();
    EXPECT_EQ(follow_up(1).state, DutyState::late);
    EXPECT_EQ(follow_up(2).state, DutyState::met);
    EXPECT_EQ(follow_up(3).state, DutyState::armed);
    const auto armed = std::ranges::find_if(desk.events.rbegin(), desk.events.rend(),
                                            [](const auto& event) { return name_of(event.payload) == "DutiesArmed"; });
    EXPECT_EQ(std::get<model::DutiesArmed>(armed->payload).duties.size(), 1U);
}

TEST_F(Duties, a_further_follow_up_armed_after_a_reboot_counts_from_the_acceptance) {
    at(45 * minute);
    desk.deliver_all();  // accepted, and then the machine dies before anything follows from it
    desk.wait(2 * minute);
    desk.heartbeat();
    desk.reboot(minute, Milliseconds{-86'400'000});
    desk.settle();
    EXPECT_EQ(elapsed(follow_up(2).deadline, desk.now), 2 * minute + desk.now.boot) << "and what the new boot has lasted";
    EXPECT_TRUE(follow_up(2).deadline.estimated);
}

TEST_F(Duties, grouping_never_costs_more_than_leaves_half_the_limit) {
    desk.directory.rules.first_alert = 40 * second;
    desk.recover(web);
    desk.wait(minute);
    desk.break_down(web);  // confirmed 20.1 s after detection: half of the limit is gone
    EXPECT_EQ(desk.duty("INC-20261123-01/first_alert/2/tenant:acme").release_after, 20 * second);
    const auto releases = desk.settle();
    ASSERT_FALSE(releases.empty());
    EXPECT_THAT(releases[0].duties, ::testing::Contains("INC-20261123-01/first_alert/2/tenant:acme"));
}

TEST_F(Duties, a_voided_duty_is_settled_and_asks_for_nothing) {
    desk.append({model::DutyVoided{.duty = alert().id, .reason = "opened in error"}});
    desk.settle();
    EXPECT_EQ(alert().state, DutyState::voided);
    EXPECT_TRUE(alert().settled);
    EXPECT_FALSE(alert().composed);
}

TEST_F(Duties, a_changed_directory_moves_no_armed_deadline) {
    desk.directory.rules.first_alert = minute;
    desk.directory.tenants["acme"].contacts.clear();
    EXPECT_EQ(alert().deadline.limit, 20 * minute);
    EXPECT_THAT(alert().contacts, ElementsAre("acme-1"));
}

TEST_F(Duties, the_manager_hears_of_a_line_fault_within_the_hour) {
    Arming arming(desk.book, desk.directory, desk.moment());
    arming.line_fault("INC-20261123-01", desk.now, nullptr);
    const auto event = std::move(arming).event();
    ASSERT_TRUE(event);
    const auto& duty = std::get<model::DutiesArmed>(*event).duties.front();
    EXPECT_EQ(duty.id, "INC-20261123-01/line_fault/1/manager");
    EXPECT_EQ(duty.deadline.limit, 60 * minute);
}

} // namespace
} // namespace incidents

#include "incidents/book.hpp"

#include "incidents/elapsed.hpp"
#include "tests/incidents/desk.hpp"
#include "tests/simulation/dice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace incidents {
namespace {

using model::DeliveryOutcome;
using model::DutyState;
using model::WatchClass;

/// Everything at random: samples, deliveries, restarts, boots, clock steps, pruning.
class RandomHistory {
public:
    explicit RandomHistory(std::uint64_t seed) : dice_(seed) {
        desk.tenant("acme", {"mail", "portal"}, 2);
        desk.tenant("bravo", {"portal"});
        desk.tenant("nobody", {"mail"}, 0);
        desk.policy = dice_.pick(std::vector{model::ContactPolicy::any, model::ContactPolicy::all, model::ContactPolicy::primary});
        watches_ = {desk.watch("web/liveness", WatchClass::liveness, {"portal"}), desk.watch("web/fault", WatchClass::fault, {"portal"}),
                    desk.watch("mail/liveness", WatchClass::liveness, {"mail"}),
                    desk.watch("shared/liveness", WatchClass::liveness, {"mail", "portal"}),
                    desk.watch("portal/performance", WatchClass::performance, {"portal"})};
        watches_[3].rules.edit().confirm_window = 5;
        watches_[4].rules.edit().window = Milliseconds{60'000};
        watches_[4].rules.edit().window_samples = 3;
    }

    void move() {
        desk.run_for(dice_.wait(Milliseconds{40'000}));
        const auto& watch = dice_.pick(watches_);
        switch (dice_.between(0, 19)) {
        case 0: return desk.restart();
        case 1: return reboot();
        case 2: return desk.step_clock(dice_.between(Milliseconds{-3'600'000}, Milliseconds{3'600'000}));
        case 3: return desk.heartbeat();
        case 4: return desk.book.prune(desk.now, desk.directory.rules.relapse_within);
        case 5: desk.date = std::to_string(20261123 + dice_.between(0, 6 * dice_.between(0, 3))); return;
        case 6: desk.run_for(dice_.wait(15 * minute)); return;
        case 7:
        case 8:
        case 9: return deliver();
        case 10:
        case 11: desk.break_down(watch); return;
        case 12:
        case 13: desk.recover(watch); return;
        default:
            desk.sample(watch,
                        dice_.pick(std::vector{Seen::pass, Seen::fail, Seen::silent, Seen::blind, Seen::slow, Seen::silent_unproven}),
                        second);
            return;
        }
    }

    Desk desk;

private:
    void reboot() {
        desk.heartbeat();
        desk.wait(dice_.wait(5 * second));
        desk.reboot(dice_.wait(minute), dice_.between(Milliseconds{-3'600'000}, Milliseconds{3'600'000}));
    }

    void deliver() {
        const auto outcome = dice_.pick(std::vector{DeliveryOutcome::accepted, DeliveryOutcome::accepted, DeliveryOutcome::retry,
                                                    DeliveryOutcome::unknown, DeliveryOutcome::refused, DeliveryOutcome::undeliverable});
        desk.deliver(dice_.pick(std::vector{to_tenant("acme"), to_tenant("bravo"), to_on_call(), to_manager()}), outcome);
    }

    simulation::Dice dice_;
    std::vector<model::Watch> watches_;
};

/// Lines that only one of the two has.
std::string difference(const std::string& left, const std::string& right) {
    std::set<std::string> here;
    std::set<std::string> there;
    std::istringstream left_lines(left);
    std::istringstream right_lines(right);
    for (std::string line; std::getline(left_lines, line);) here.insert(line);
    for (std::string line; std::getline(right_lines, line);) there.insert(line);
    std::string found;
    for (const auto& line : here) found += there.contains(line) ? "" : "- " + line + "\n";
    for (const auto& line : there) found += here.contains(line) ? "" : "+ " + line + "\n";
    return found;
}

TEST(Book, the_live_events_alone_make_the_same_book) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        RandomHistory history(seed);
        for (int move = 0; move < 200; ++move) {
            history.move();
            if (move % 10 != 9) continue;
            history.desk.book.prune(history.desk.now, history.desk.directory.rules.relapse_within);
            auto again = replayed(history.desk);
            again.prune(history.desk.now, history.desk.directory.rules.relapse_within);
            ASSERT_EQ(difference(dump(history.desk.book), dump(again)), "") << "after move " << move;
            ASSERT_EQ(again.live_events(), history.desk.book.live_events());
        }
    }
}

TEST(Book, remaining_time_never_grows_and_no_duty_changes_after_it_is_settled) {
    for (std::uint64_t seed = 100; seed <= 140; ++seed) {
        SCOPED_TRACE(seed);
        RandomHistory history(seed);
        std::map<std::string, model::Duty> before;
        std::map<std::string, Milliseconds> passed;
        auto boot = history.desk.now.boot_id;
        for (int move = 0; move < 200; ++move) {
            history.move();
            for (const auto& [id, duty] : history.desk.book.duties) {
                if (const auto known = before.find(id); known != before.end()) {
                    ASSERT_EQ(known->second.deadline.limit, duty.deadline.limit);
                    ASSERT_EQ(known->second.deadline.base, duty.deadline.base);
                    if (known->second.settled) {
                        ASSERT_EQ(known->second.state, duty.state) << id;
                    }
                    if (!duty.settled && history.desk.now.boot_id == boot) {
                        ASSERT_GE(elapsed(duty.deadline, history.desk.now), passed[id]) << id;
                    }
                }
                if (duty.state == DutyState::late || duty.state == DutyState::missed) {
                    ASSERT_TRUE(duty.breached || !duty.settled) << id;
                }
                if (duty.state == DutyState::met) {
                    ASSERT_LE(duty.elapsed, duty.deadline.limit) << id;
                }
                passed[id] = elapsed(duty.deadline, history.desk.now);
            }
            before = history.desk.book.duties;
            boot = history.desk.now.boot_id;
        }
    }
}

TEST(Book, every_duty_ends_once_the_world_is_well_again) {
    for (std::uint64_t seed = 200; seed <= 240; ++seed) {
        SCOPED_TRACE(seed);
        RandomHistory history(seed);
        for (int move = 0; move < 150; ++move) history.move();
        auto& desk = history.desk;
        for (int round = 0; round < 40; ++round) {
            for (const auto& [id, state] : auto(desk.states)) {
                if (id == "portal/performance") continue;
                const auto watch =
                    desk.watch(id, WatchClass::liveness,
                               id == "shared/liveness" ? std::vector<std::string>{"mail", "portal"} : std::vector<std::string>{"portal"});
                desk.sample(watch, Seen::pass);
            }
            for (int sample = 0; sample < 20; ++sample) {
                auto watch = desk.watch("portal/performance", WatchClass::performance, {"portal"});
                watch.rules.edit().window = Milliseconds{60'000};
                watch.rules.edit().window_samples = 3;
                desk.wait(10 * second);
                desk.sample(watch, Seen::pass);
            }
            desk.run_for(minute);
            desk.deliver_all();
        }
        desk.run_for(5 * 60 * minute);
        for (const auto& [id, incident] : desk.book.incidents) EXPECT_FALSE(incident.open()) << id;
        for (const auto& [id, duty] : desk.book.duties) EXPECT_TRUE(duty.settled) << id;
        EXPECT_TRUE(desk.book.agenda.empty());
        EXPECT_TRUE(desk.book.next_releases.empty());
        desk.book.prune(desk.now, desk.directory.rules.relapse_within);
        EXPECT_TRUE(desk.book.duties.empty());
        EXPECT_TRUE(desk.book.notices.empty());
        EXPECT_LE(desk.book.incidents.size(), 2U) << "those that hold the last and the highest number";
    }
}

class OneOutage : public ::testing::Test {
protected:
    OneOutage() {
        desk.tenant("acme", {"portal"});
        desk.verify(web);
        desk.wait(minute);
        desk.break_down(web);
        desk.run_for(15 * second);
    }
    void finish() {
        desk.deliver_all();
        desk.recover(web);
        desk.run_for(15 * second);
        desk.deliver_all();
        desk.settle();
    }
    void prune() { desk.book.prune(desk.now, desk.directory.rules.relapse_within); }

    Desk desk;
    model::Watch web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
};

TEST_F(OneOutage, deadlines_are_carried_over_a_boot_with_the_wall_clock_set_back) {
    desk.wait(5 * minute);
    desk.heartbeat();
    const auto& alert = desk.duty("INC-20261123-01/first_alert/1/tenant:acme");
    const auto before = elapsed(alert.deadline, desk.now);
    desk.reboot(minute, Milliseconds{-1'700'000'000'000});
    EXPECT_EQ(elapsed(alert.deadline, desk.now), before + desk.now.boot) << "and what the new boot has lasted";
    EXPECT_TRUE(alert.deadline.estimated);
    desk.step_clock(Milliseconds{1'700'000'000'000});
    EXPECT_EQ(elapsed(alert.deadline, desk.now), before + minute) << "the clock is right again: the minute shows";
}

TEST_F(OneOutage, a_restart_within_the_same_boot_changes_no_deadline) {
    const auto before = desk.duty("INC-20261123-01/first_alert/1/tenant:acme").deadline.elapsed_at_anchor;
    desk.wait(minute);
    desk.restart();
    const auto& alert = desk.duty("INC-20261123-01/first_alert/1/tenant:acme");
    EXPECT_EQ(alert.deadline.elapsed_at_anchor, before);
    EXPECT_FALSE(alert.deadline.estimated);
}

TEST_F(OneOutage, an_incident_is_forgotten_when_no_relapse_can_reach_it_and_every_duty_is_settled) {
    finish();
    desk.date = "20261124";
    prune();
    EXPECT_EQ(desk.book.duties.size(), 3U);
    desk.wait(21 * minute);
    prune();
    EXPECT_TRUE(desk.book.duties.empty());
    EXPECT_TRUE(desk.book.notices.empty());
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261123-01")) << "holds the number";
    desk.date = "20261123";
    desk.break_down(web);
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261123-02"));
    prune();
    EXPECT_FALSE(desk.book.incidents.contains("INC-20261123-01"));
}

TEST_F(OneOutage, a_wall_clock_set_back_over_a_boot_keeps_nothing_for_ever) {
    finish();
    desk.reboot(minute, Milliseconds{-86'400'000});
    desk.settle();
    prune();
    EXPECT_FALSE(desk.book.duties.empty());
    desk.wait(21 * minute);
    prune();
    EXPECT_TRUE(desk.book.duties.empty());
}

TEST_F(OneOutage, a_watch_that_left_is_forgotten_once_nothing_speaks_of_it) {
    EXPECT_TRUE(desk.book.forget_watch("nobody/liveness"));
    EXPECT_FALSE(desk.book.forget_watch("web/liveness")) << "its run is open, and it is a member of an incident";
    EXPECT_TRUE(desk.book.watches.contains("web/liveness"));
    finish();
    EXPECT_TRUE(desk.book.forget_watch("web/liveness"));
    EXPECT_FALSE(desk.book.watches.contains("web/liveness"));
}

TEST_F(OneOutage, superseding_takes_nothing_back_that_was_decided) {
    desk.deliver(to_tenant("acme"), DeliveryOutcome::accepted);
    model::Notice newer;
    newer.id = "newer";
    newer.recipient = to_tenant("acme");
    newer.supersedes = {desk.book.notices.at("notice-1").envelopes.begin()->first};
    desk.append({model::NoticeComposed{newer}});
    EXPECT_EQ(desk.book.notices.at("notice-1").envelopes.begin()->second, EnvelopeState::accepted);
}

// found by the simulator: a digest that was superseded long ago went out again after a restart from a snapshot
TEST_F(OneOutage, what_superseded_a_notice_is_remembered_for_as_long_as_that_notice) {
    model::Notice newer;
    newer.id = "newer";
    newer.recipient = to_tenant("acme");
    newer.supersedes = {desk.book.notices.at("notice-1").envelopes.begin()->first};
    desk.append({model::NoticeComposed{newer}});
    prune();
    EXPECT_TRUE(desk.book.notices.contains("newer")) << "though it is about nothing that is remembered itself";
    EXPECT_EQ(replayed(desk).notices.at("notice-1").envelopes.begin()->second, EnvelopeState::superseded);
    finish();
    desk.wait(21 * minute);
    prune();
    EXPECT_TRUE(desk.book.notices.empty());
}

TEST_F(OneOutage, a_void_duty_is_remembered_with_the_notices_that_carry_it) {
    desk.append({model::DutyVoided{"INC-20261123-01/first_alert/1/tenant:acme", "opened in error"}});
    EXPECT_EQ(desk.book.notices.at("notice-1").history.back(), desk.events.back().sequence);
}

TEST_F(OneOutage, an_unsettled_duty_keeps_its_incident) {
    desk.recover(web);
    desk.run_for(60 * minute);
    prune();
    EXPECT_TRUE(desk.book.incidents.contains("INC-20261123-01"));
    EXPECT_FALSE(desk.book.duties.empty());
}

TEST_F(OneOutage, an_envelope_still_on_its_way_keeps_its_notice_in_the_snapshot) {
    desk.tenant("bravo", {"portal"}, 2);
    finish();
    const auto live = desk.book.live_events();
    for (const auto& [id, notice] : desk.book.notices) {
        for (const auto sequence : notice.history) EXPECT_TRUE(std::ranges::binary_search(live, sequence));
    }
}

// found by the simulator: a notice whose duties were void went out again after the second restart from a snapshot
TEST_F(OneOutage, that_a_forgotten_duty_is_void_stays_known_for_as_long_as_a_notice_that_carries_it) {
    const std::string forgotten = "INC-20261122-07/first_alert/1/tenant:acme";
    model::Notice digest;
    digest.id = "digest";
    digest.recipient = model::Recipient{.kind = model::RecipientKind::tenant, .name = "acme"};
    digest.duties = {"INC-20261123-01/first_alert/1/tenant:acme", forgotten};
    digest.subjects = {"INC-20261123-01", "INC-20261122-07"};
    digest.envelopes.push_back({.id = "digest/1", .contact = "acme-1", .message_id = "1@localhost", .in_reply_to = {}});
    desk.append({model::NoticeComposed{digest}});
    desk.append({model::DutyVoided{.duty = forgotten, .reason = "in a snapshot, as an event of the notice"}});
    EXPECT_TRUE(std::ranges::binary_search(desk.book.live_events(), desk.events.back().sequence));
    EXPECT_FALSE(desk.book.notices.at("digest").finished());
    desk.append({model::DutyVoided{.duty = "INC-20261123-01/first_alert/1/tenant:acme", .reason = "too"}});
    EXPECT_TRUE(desk.book.notices.at("digest").finished()) << "nobody waits for it any more";
}

TEST_F(OneOutage, a_page_about_nothing_leaves_when_it_is_accepted) {
    model::Notice page;
    page.id = "undurable";
    page.stage = model::Stage::page;
    page.recipient = to_on_call();
    page.envelopes.push_back({.id = "undurable/on-call", .contact = "on-call", .message_id = "1@localhost", .in_reply_to = {}});
    desk.append({model::NoticeComposed{page}});
    prune();
    EXPECT_TRUE(desk.book.notices.contains("undurable"));
    desk.deliver(to_on_call(), DeliveryOutcome::accepted);
    prune();
    EXPECT_FALSE(desk.book.notices.contains("undurable"));
}

TEST_F(OneOutage, transitions_tell_what_became_of_each_duty) {
    model::Delivery delivery;
    delivery.envelope = desk.book.notices.at("notice-1").envelopes.begin()->first;
    delivery.outcome = DeliveryOutcome::accepted;
    delivery.ended = desk.now;
    const auto transitions = desk.book.apply({999, desk.now, model::DeliveryRecorded{delivery}});
    ASSERT_EQ(transitions.size(), 1U);
    EXPECT_EQ(transitions[0].duty, "INC-20261123-01/first_alert/1/tenant:acme");
    EXPECT_EQ(transitions[0].from, DutyState::armed);
    EXPECT_EQ(transitions[0].to, DutyState::met);
}

TEST(Book, ignores_what_it_does_not_know) {
    Book book;
    const Instant now{model::WallTime{second}, second, 1};
    model::Sequence sequence = 0;
    const std::vector<model::Payload> strangers{
        model::Joined{.incident = "INC-1-01", .watch = "w", .member = {}, .services = {}, .tenants = {}},
        model::Restored{.incident = "INC-1-01", .restore = now, .recover_confirm = now, .tenants = {}},
        model::DutySettled{.duty = "INC-1-01/recovery/1/tenant:acme"}, model::DeliveryRecorded{},
        model::UnknownEnded{.watch = "w", .at = now}};
    for (const auto& stranger : strangers) book.apply({++sequence, now, stranger});
    EXPECT_TRUE(book.live_events().empty());
    EXPECT_TRUE(book.watches.empty());
}

} // namespace
} // namespace incidents

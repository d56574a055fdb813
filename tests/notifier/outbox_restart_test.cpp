#include "tests/notifier/outbox_world.hpp"

#include <gtest/gtest.h>

namespace {

using enum model::DeliveryOutcome;
using fakes::accepts;
using fakes::replies;
using io::MailStep;
using model::Milliseconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class OutboxRestart : public testing::Test {
protected:
    OutboxWorld world;
};

TEST_F(OutboxRestart, sendsWhatWasPendingAtOnceUnderTheSameId) {
    world.mail.script = [](const io::MailJob&) { return accepts(seconds(3)); };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(1));
    ASSERT_EQ(world.mail.sent.size(), 1U);
    world.restart();
    ASSERT_EQ(world.mail.sent.size(), 2U) << "its outcome is not known";
    EXPECT_EQ(*world.mail.sent.at(0).job.bytes, *world.mail.sent.at(1).job.bytes);
    world.loop.advance(seconds(5));
    world.restart();
    world.loop.advance(hours(1));
    EXPECT_EQ(world.mail.sent.size(), 2U) << "what was accepted is not sent again";
    EXPECT_EQ(world.deliveries().size(), 1U);
}

TEST_F(OutboxRestart, sendsWhatWasComposedButNeverTried) {
    world.journal.commits_at_once = false;
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(1));
    world.end();
    world.journal.commit();
    world.loop.advance(minutes(10));
    world.start();
    EXPECT_EQ(world.mail.sent.size(), 1U);
}

TEST_F(OutboxRestart, beginsTheRoundsAnewButCountsAttemptsAndAgeOn) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::greeting, 421); };
    world.relays.resize(1);
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(30));
    ASSERT_EQ(world.mail_times(), (std::vector{0.0, 15.0}));
    world.restart();
    world.loop.advance(seconds(50));
    EXPECT_EQ(world.mail_times(), (std::vector{0.0, 15.0, 30.0, 45.0, 75.0}));
    EXPECT_EQ(world.deliveries().back().attempt, 5U);
    world.loop.advance(hours(73));
    EXPECT_EQ(world.deliveries().back().outcome, undeliverable);
    EXPECT_EQ(world.at(world.deliveries().back().ended), 3 * 24 * 3'600);
}

TEST_F(OutboxRestart, countsTheAgeByWallTimeOverARestartOfTheMachine) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(1));
    world.end();
    world.clock.step_wall(hours(71));
    world.clock.reboot(0x2);
    world.start();
    const auto restarted = world.clock.now();
    world.loop.advance(minutes(50));
    EXPECT_EQ(world.outbox->counts().pending_mail, 1U);
    world.loop.advance(minutes(20));
    ASSERT_EQ(world.deliveries().back().outcome, undeliverable);
    EXPECT_EQ(world.deliveries().back().ended.boot - restarted.boot, hours(1) - seconds(1));
}

TEST_F(OutboxRestart, keepsThePrimaryContactsTurns) {
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") ? replies(MailStep::rcpt, 550) : replies(MailStep::rcpt, 451);
    };
    world.start();
    auto notice = world.notice("n1", {"mail-a", "mail-b", "hook-a"});
    notice.policy = model::ContactPolicy::primary;
    world.send(notice);
    world.loop.advance(seconds(5));
    world.mail.sent.clear();
    world.restart();
    world.loop.advance(Milliseconds{0});
    ASSERT_EQ(world.mail.sent.size(), 1U);
    EXPECT_EQ(world.mail.sent.at(0).job.recipient, "mail-b@acme.example") << "the first had refused";
    EXPECT_TRUE(world.http.sent.empty());
    world.loop.advance(minutes(1));
    EXPECT_EQ(world.http.sent.size(), 1U);
}

TEST_F(OutboxRestart, aFallbackThatHadBegunGoesOnAtOnce) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::greeting, 421); };
    world.http.script = [](const io::HttpRequest&) { return fakes::status(500); };
    world.start();
    auto notice = world.notice("n1", {"mail-a", "hook-a"});
    notice.policy = model::ContactPolicy::primary;
    world.send(notice);
    world.loop.advance(seconds(20));
    ASSERT_EQ(world.http.sent.size(), 1U);
    world.restart();
    EXPECT_EQ(world.http.sent.size(), 2U);
}

TEST_F(OutboxRestart, thePrimarysFallbackStartsAtOnceWhenItsTimeIsOver) {
    world.mail.script = [](const io::MailJob&) { return accepts(minutes(2)); };
    world.start();
    auto notice = world.notice("n1", {"mail-a", "hook-a"});
    notice.policy = model::ContactPolicy::primary;
    world.send(notice);
    world.loop.advance(seconds(1));
    world.end();
    world.loop.advance(minutes(5));
    world.start();
    EXPECT_EQ(world.mail.sent.size(), 2U);
    EXPECT_EQ(world.http.sent.size(), 1U);
}

TEST_F(OutboxRestart, whatWakesUpAfterTheOutboxIsGoneTouchesNothing) {
    world.start();
    world.send("n1", {"mail-a", "hook-a"});
    world.journal.fold = nullptr;
    world.outbox.reset();
    world.loop.advance(minutes(5));
    EXPECT_TRUE(world.deliveries().empty());
}

} // namespace

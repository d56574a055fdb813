#include "tests/notifier/outbox_world.hpp"

#include <gtest/gtest.h>

namespace {

using enum model::DeliveryOutcome;
using fakes::accepts;
using fakes::hangs;
using fakes::replies;
using io::MailStep;
using model::ContactPolicy;
using model::Milliseconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class OutboxPolicy : public testing::Test {
protected:
    model::Notice notice(ContactPolicy policy, const std::vector<std::string>& to) {
        auto made = world.notice("n1", to);
        made.policy = policy;
        return made;
    }

    /// Seconds at which each contact's first attempt began; -1: none.
    double first_mail(const std::string& contact) {
        for (const auto& sent : world.mail.sent) {
            if (sent.job.recipient == contact + "@acme.example") return world.at(sent.at);
        }
        return -1;
    }
    double first_hook() { return world.http.sent.empty() ? -1 : world.at(world.http.sent.front().at); }

    OutboxWorld world;
};

TEST_F(OutboxPolicy, anySendsToEveryContactAtOnceAndToEachUntilItAccepts) {
    world.mail.script = [this](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") && world.at(world.clock.now()) < 40 ? replies(MailStep::rcpt, 451) : accepts();
    };
    world.start();
    world.send(notice(ContactPolicy::any, {"mail-a", "mail-b", "hook-a"}));
    world.loop.advance(minutes(1));
    EXPECT_EQ(first_mail("mail-b"), 0.0);
    EXPECT_EQ(first_hook(), 0.0);
    EXPECT_EQ(world.deliveries("n1/mail-a").back().outcome, accepted);
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
}

TEST_F(OutboxPolicy, primaryTriesTheNextContactAtOnceOnRefusal) {
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") ? replies(MailStep::rcpt, 550) : accepts();
    };
    world.start();
    world.send(notice(ContactPolicy::primary, {"mail-a", "mail-b", "hook-a"}));
    world.loop.advance(hours(1));
    EXPECT_EQ(first_mail("mail-b"), 0.1);
    EXPECT_EQ(first_hook(), -1) << "the second accepted";
    EXPECT_EQ(world.outbox->counts().pending_webhook, 0U);
}

TEST_F(OutboxPolicy, primaryTriesTheNextContactAfterTheSecondFailedRound) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::greeting, 421); };
    world.start();
    world.send(notice(ContactPolicy::primary, {"mail-a", "hook-a"}));
    world.loop.advance(minutes(1));
    EXPECT_EQ(first_hook(), 15.2);  // both relays at 0 s, both again at 15 s
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U) << "one acceptance is enough";
}

TEST_F(OutboxPolicy, changedRulesHoldForWhatIsPlannedFromThenOn) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.http.script = [](const io::HttpRequest&) { return fakes::status(503); };
    world.start();
    world.send(notice(ContactPolicy::any, {"mail-a", "hook-a"}));
    auto changed = world.settings;
    changed.rounds = {Milliseconds{0}, seconds(100)};
    changed.webhook_timeout = seconds(3);
    world.outbox->set_settings(changed);
    world.loop.advance(seconds(90));
    EXPECT_EQ(world.http.sent.size(), 1U) << "no round at 15 s any more";
    world.loop.advance(seconds(11));
    ASSERT_EQ(world.http.sent.size(), 2U);
    EXPECT_EQ(world.http.sent.at(0).request.timeout, seconds(10));
    EXPECT_EQ(world.http.sent.at(1).request.timeout, seconds(3));
}

TEST_F(OutboxPolicy, primaryTriesWhoIsReachedWithoutTheLineAtOnceWhenItIsLost) {
    world.contacts.at("hook-b").out_of_band = true;
    world.mail.script = [](const io::MailJob&) { return hangs(MailStep::connect, seconds(5)); };
    world.http.script = [](const io::HttpRequest&) { return fakes::status(503); };
    world.start();
    auto lost = notice(ContactPolicy::primary, {"mail-a", "hook-a", "hook-b", "mail-b"});
    lost.stage = model::Stage::line_fault;
    world.send(lost);
    world.loop.advance(seconds(1));
    ASSERT_EQ(world.http.sent.size(), 1U) << "the first in order and the one out of band, and nobody else";
    EXPECT_EQ(world.http.sent.at(0).request.url, "https://b.example/in/TOKEN-B");
    EXPECT_EQ(world.mail.asked("r1:25"), std::vector<std::string>{"mail-a@acme.example"});
    world.http.script = [](const io::HttpRequest&) { return fakes::status(204); };
    world.loop.advance(seconds(20));
    EXPECT_EQ(world.outbox->counts().pending_mail + world.outbox->counts().pending_webhook, 0U) << "one acceptance is enough";
    const auto asked = world.http.sent.size();
    auto other = notice(ContactPolicy::primary, {"mail-a", "hook-b"});
    other.id = "n2";
    world.send(other);
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.http.sent.size(), asked) << "what does not tell of a line keeps the order";
}

TEST_F(OutboxPolicy, primaryTriesTheNextContactAfterSixtySecondsAtTheLatest) {
    world.mail.script = [](const io::MailJob&) { return hangs(MailStep::answer, seconds(70)); };
    world.start();
    world.send(notice(ContactPolicy::primary, {"mail-a", "mail-b", "hook-a"}));
    world.loop.advance(minutes(3));
    EXPECT_EQ(first_mail("mail-b"), 60.0);
    EXPECT_EQ(first_hook(), 120.0);
}

TEST_F(OutboxPolicy, primaryStopsTheOthersOnceOneAcceptedAndRecordsWhatIsUnderWay) {
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") ? accepts(seconds(80)) : accepts(seconds(5));
    };
    world.start();
    world.send(notice(ContactPolicy::primary, {"mail-a", "mail-b", "hook-a"}));
    world.loop.advance(hours(1));
    ASSERT_EQ(world.deliveries().size(), 2U);
    EXPECT_EQ(world.deliveries("n1/mail-b").at(0).outcome, accepted);
    EXPECT_EQ(world.deliveries("n1/mail-a").at(0).outcome, accepted) << "finished after the other one";
    EXPECT_EQ(first_hook(), -1);
}

TEST_F(OutboxPolicy, aWebhookThatAsksForTimeGetsItWithinTheDeadline) {
    world.arm("INC-1/first_alert/1/tenant:acme");
    world.http.script = [this](const io::HttpRequest&) {
        return world.http.sent.size() == 1   ? fakes::status(429, {{"retry-after", "100"}})
               : world.http.sent.size() == 2 ? fakes::status(503, {{"retry-after", "7200"}})
                                             : fakes::status(200);
    };
    world.start();
    auto made = notice(ContactPolicy::any, {"hook-a"});
    made.duties = {"INC-1/first_alert/1/tenant:acme"};
    world.send(made);
    world.loop.advance(minutes(21));
    std::vector<double> times;
    for (const auto& sent : world.http.sent) times.push_back(world.at(sent.at));
    EXPECT_EQ(times, (std::vector{0.0, 100.05, 1'190.0})) << "the last one still fits before 1200 s";
    EXPECT_EQ(world.deliveries().at(1).retry_after, seconds(7'200)) << "the evidence holds what was asked";
    for (const auto& sent : world.http.sent) {
        const std::map<std::string, std::string> headers(sent.request.headers.begin(), sent.request.headers.end());
        EXPECT_EQ(headers.at("webhook-id"), "n1.hook-a");
    }
    EXPECT_NE(world.http.sent.at(0).request.headers, world.http.sent.at(1).request.headers) << "signed anew with the attempt's own time";
}

TEST_F(OutboxPolicy, anUnknownWebhookOutcomeIsSentAgainAndNoSecretIsRecorded) {
    world.http.script = [this](const io::HttpRequest& request) {
        auto reply = fakes::fails(model::Reason::reset);
        reply.response.request_sent = true;
        reply.response.error = "reset by " + request.url + " hook-secret-0123456789abcdef";
        return world.http.sent.size() == 1 ? reply : fakes::status(200);
    };
    world.start();
    world.send(notice(ContactPolicy::any, {"hook-a"}));
    world.loop.advance(minutes(1));
    const auto deliveries = world.deliveries();
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries[0].outcome, unknown);
    EXPECT_EQ(deliveries[0].text, "reset by (address) (secret)");
    EXPECT_EQ(deliveries[0].relay, "a.example");
    EXPECT_EQ(deliveries[1].outcome, accepted);
}

TEST_F(OutboxPolicy, hangingReceiversDelayNobodyElse) {
    world.settings.webhook_parallel = 16;
    std::vector<std::string> to;
    for (int host = 0; host < 10; ++host) {
        for (int contact = 0; contact < 20; ++contact) {
            const auto id = "hook-" + std::to_string(host) + "-" + std::to_string(contact);
            world.add_contact(id, "https://slow" + std::to_string(host) + ".example/" + std::to_string(contact));
            to.push_back(id);
        }
    }
    world.http.script = [](const io::HttpRequest& request) {
        return request.url.starts_with("https://slow") ? fakes::fails(model::Reason::response_timeout, seconds(10)) : fakes::status(200);
    };
    world.start();
    world.send(notice(ContactPolicy::any, to));
    world.loop.advance(minutes(2));  // by now each of the ten is known to hang
    const auto before = world.clock.now();
    world.send("n2", {"hook-b"});
    world.loop.advance(seconds(15));
    const auto deliveries = world.deliveries("n2/hook-b");
    ASSERT_EQ(deliveries.size(), 1U);
    EXPECT_LE(deliveries[0].began.boot - before.boot, seconds(1));
}

TEST_F(OutboxPolicy, aSupersededEnvelopeIsNotSentAgainButWhatIsUnderWayIsRecorded) {
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") ? accepts(seconds(5)) : replies(MailStep::rcpt, 451);
    };
    world.start();
    world.arm("INC-1/first_alert/1/tenant:acme");
    world.arm("INC-1/recovery/1/tenant:acme");
    auto first = world.notice("n1", {"mail-a", "mail-b", "hook-a"});
    first.duties = {"INC-1/first_alert/1/tenant:acme"};
    world.http.script = [](const io::HttpRequest&) { return fakes::status(500); };
    world.send(first);
    world.loop.advance(seconds(2));
    EXPECT_TRUE(world.outbox->superseded_by({"INC-1/recovery/1/tenant:acme"}).empty());
    auto second = world.notice("n2", {"hook-b"});
    second.duties = {"INC-1/first_alert/1/tenant:acme", "INC-1/recovery/1/tenant:acme"};
    second.supersedes = world.outbox->superseded_by(second.duties);
    EXPECT_EQ(second.supersedes, (std::vector<std::string>{"n1/mail-a", "n1/mail-b", "n1/hook-a"}));
    world.send(second);
    world.loop.advance(hours(1));
    EXPECT_EQ(world.deliveries("n1/mail-a").size(), 1U);
    EXPECT_EQ(world.deliveries("n1/mail-b").size(), 1U) << "the attempt before, and none after";
    EXPECT_EQ(world.deliveries("n1/hook-a").size(), 1U);
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
}

TEST_F(OutboxPolicy, anEnvelopeIsNotSentOnceAllItsDutiesAreVoid) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.start();
    world.arm("INC-1/first_alert/1/tenant:acme");
    world.arm("INC-2/first_alert/1/tenant:acme");
    auto digest = world.notice("n1", {"mail-a"});
    digest.duties = {"INC-1/first_alert/1/tenant:acme", "INC-2/first_alert/1/tenant:acme"};
    world.send(digest);
    world.loop.advance(seconds(1));
    world.journal.append({model::DutyVoided{"INC-1/first_alert/1/tenant:acme", "opened in error"}});
    EXPECT_EQ(world.outbox->counts().pending_mail, 1U);
    world.journal.append({model::DutyVoided{"INC-2/first_alert/1/tenant:acme", "opened in error"}});
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
    world.loop.advance(hours(1));
    EXPECT_EQ(world.deliveries().size(), 1U);
}

TEST_F(OutboxPolicy, whatIsComposedAnewBecauseItCameBackTakesTheOldEnvelopesOver) {
    world.http.script = [](const io::HttpRequest&) { return fakes::status(500); };
    world.start();
    world.arm("INC-1/first_alert/1/tenant:acme");
    auto first = world.notice("n1", {"mail-a", "hook-a"});
    first.duties = {"INC-1/first_alert/1/tenant:acme"};
    world.send(first);
    EXPECT_EQ(world.outbox->superseded_by(first.duties).size(), 2U);
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.outbox->counts().pending_webhook, 1U) << "met by the mail; the webhook goes on";
    EXPECT_EQ(world.outbox->superseded_by(first.duties), (std::vector<std::string>{"n1/hook-a"}));
    EXPECT_EQ(world.outbox->counts().oldest_webhook, first.composed.wall);
}

TEST_F(OutboxPolicy, whatCameBackBeforeItWasKnownToHaveArrivedIsNotSentAgain) {
    for (const auto policy : {ContactPolicy::any, ContactPolicy::primary}) {
        OutboxWorld fresh;
        fresh.http.script = [](const io::HttpRequest&) {
            auto reply = fakes::fails(model::Reason::reset);
            reply.response.request_sent = true;
            return reply;
        };
        fresh.start();
        auto sent = fresh.notice("n1", {"hook-a", "hook-b"});
        sent.policy = policy;
        fresh.send(sent);
        fresh.loop.advance(seconds(1));
        fresh.journal.append({model::Bounced{.envelope = "n1/hook-a", .diagnostic = "550 no such user", .at = fresh.clock.now()}});
        const bool in_order = policy == ContactPolicy::primary;
        EXPECT_EQ(fresh.outbox->counts().pending_webhook, in_order ? 0U : 1U) << "in order, another notice goes to the next contact";
        fresh.loop.advance(minutes(5));
        EXPECT_EQ(fresh.deliveries("n1/hook-a").size(), 1U);
        EXPECT_EQ(fresh.deliveries("n1/hook-b").empty(), in_order);
    }
}

TEST_F(OutboxPolicy, anEnvelopeThatOwesSomethingElseTooIsNotSuperseded) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.start();
    const std::string one = "INC-1/first_alert/1/tenant:acme";
    const std::string other = "INC-2/first_alert/1/tenant:acme";
    world.arm(one);
    world.arm(other);
    auto digest = world.notice("n1", {"mail-a"});
    digest.duties = {one, other};
    world.send(digest);
    EXPECT_TRUE(world.outbox->superseded_by({one}).empty());
    EXPECT_EQ(world.outbox->superseded_by({one, other}).size(), 1U);
    world.journal.append({model::DutySettled{other}});
    EXPECT_EQ(world.outbox->superseded_by({one}).size(), 1U);
}

TEST_F(OutboxPolicy, aDigestWhoseDutiesWentOnWithSeveralNewerNoticesIsSuperseded) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.start();
    const std::string one = "INC-1/first_alert/1/tenant:acme";
    const std::string other = "INC-2/first_alert/1/tenant:acme";
    world.arm(one);
    world.arm(other);
    auto digest = world.notice("n1", {"mail-a", "mail-b"});
    digest.duties = {one, other};
    world.send(digest);
    auto newer = world.notice("n2", {"mail-a", "mail-b"});
    newer.duties = {one};
    newer.supersedes = world.outbox->superseded_by(newer.duties);
    EXPECT_TRUE(newer.supersedes.empty()) << "INC-2 is told by the digest alone";
    world.send(newer);
    EXPECT_EQ(world.outbox->superseded_by({other}), (std::vector<std::string>{"n1/mail-a", "n1/mail-b"}));
}

TEST_F(OutboxPolicy, remembersTheFirstMessageOfAThreadUntilTheIncidentIsForgotten) {
    world.start();
    auto first = world.notice("n1", {"mail-a"});
    first.subjects = {"INC-1"};
    world.send(first);
    auto second = world.notice("n2", {"mail-a", "mail-b"});
    second.subjects = {"INC-1"};
    second.envelopes.at(0).in_reply_to = "n1.mail-a@provider.example";
    world.send(second);
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.outbox->thread("INC-1"),
              (std::map<std::string, std::string>{{"mail-a", "n1.mail-a@provider.example"}, {"mail-b", "n2.mail-b@provider.example"}}));
    world.outbox->forget({"INC-1"});
    EXPECT_TRUE(world.outbox->thread("INC-1").empty());
}

} // namespace

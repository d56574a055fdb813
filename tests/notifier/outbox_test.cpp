#include "tests/notifier/outbox_world.hpp"

#include <gtest/gtest.h>

namespace {

using enum model::DeliveryOutcome;
using fakes::accepts;
using fakes::hangs;
using fakes::replies;
using io::MailStep;
using model::Milliseconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::vector<model::DeliveryOutcome> outcomes(const std::vector<model::Delivery>& deliveries) {
    std::vector<model::DeliveryOutcome> found;
    for (const auto& delivery : deliveries) found.push_back(delivery.outcome);
    return found;
}

class Outbox : public testing::Test {
protected:
    OutboxWorld world;
};

TEST_F(Outbox, sendsNothingBeforeTheCommit) {
    world.journal.commits_at_once = false;
    world.start();
    world.send("n1", {"mail-a", "hook-a"});
    world.loop.advance(seconds(30));
    EXPECT_TRUE(world.mail.sent.empty());
    EXPECT_TRUE(world.http.sent.empty());
    world.journal.commit();
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.mail.sent.size(), 1U);
    EXPECT_EQ(world.http.sent.size(), 1U);
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{accepted, accepted}));
}

TEST_F(Outbox, recordsTheEvidenceOfAnAttempt) {
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(1));
    const auto delivery = world.deliveries("n1/mail-a").at(0);
    EXPECT_EQ(delivery.relay, "r1:25");
    EXPECT_EQ(delivery.step, "done");
    EXPECT_EQ(delivery.code, 250);
    EXPECT_EQ(delivery.attempt, 1U);
    EXPECT_EQ(delivery.round, 0U);
    EXPECT_EQ(delivery.sha256.size(), 64U);
    EXPECT_EQ(delivery.ended.boot - delivery.began.boot, Milliseconds{100});
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
}

TEST_F(Outbox, showsAWatchdogThatItLivesAlsoWhenNothingIsPending) {
    world.start();
    for (int look = 0; look < 10; ++look) {
        const auto before = world.outbox->progress();
        world.loop.advance(seconds(5));
        EXPECT_GT(world.outbox->progress(), before);
    }
}

TEST_F(Outbox, owesAWatchdogAnOutcomeOnceTheCapsOfAMailAreUsedUp) {
    world.relays.at(0).server.step_cap = seconds(10);
    const auto longest = io::longest_transaction(world.relays.at(0).server);
    EXPECT_EQ(seconds(5 + 5 + 12 * 10 + 60 + 15), longest) << "a name, a connection, twelve steps, the final answer, a second for each";
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient.starts_with("mail-a") ? hangs(MailStep::ehlo, hours(2)) : accepts();
    };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(longest);
    EXPECT_EQ(Milliseconds{0}, world.outbox->overdue());
    world.send("n2", {"mail-b"});
    world.loop.advance(seconds(2));
    EXPECT_EQ(accepted, world.deliveries("n2/mail-b").back().outcome);
    EXPECT_EQ(seconds(2), world.outbox->overdue()) << "what others achieve does not hide it";
    world.loop.advance(hours(2));
    EXPECT_EQ(retry, world.deliveries("n1/mail-a").front().outcome);
    world.end();
}

TEST_F(Outbox, owesAWatchdogAnOutcomeOnceTheTimeOfAWebhookIsUsedUp) {
    world.http.script = [](const io::HttpRequest&) { return fakes::fails(model::Reason::response_timeout, hours(1)); };
    world.start();
    world.send("n1", {"hook-a"});
    world.loop.advance(world.settings.webhook_timeout + seconds(5));
    EXPECT_EQ(Milliseconds{0}, world.outbox->overdue());
    world.loop.advance(seconds(1));
    EXPECT_EQ(seconds(1), world.outbox->overdue());
}

TEST_F(Outbox, handsOverNoMoreMailsThanTheLaneCanDoAtATime) {
    world.settings.mail_parallel = 3;
    world.mail.script = [](const io::MailJob&) { return accepts(seconds(1)); };
    world.start();
    for (int number = 0; number < 9; ++number) world.send("n" + std::to_string(number), {"mail-a"});
    world.arm("urgent");
    auto urgent = world.notice("urgent", {"mail-b"});
    urgent.duties = {"urgent"};
    world.send(urgent);
    EXPECT_EQ(3U, world.mail.sent.size());
    world.loop.advance(seconds(2));
    EXPECT_EQ(accepted, world.deliveries("urgent/mail-b").at(0).outcome) << "who waits in our own line is served by urgency";
    world.loop.advance(seconds(3));
    EXPECT_EQ(10U, world.deliveries().size());
    EXPECT_EQ(3, world.mail.most["r1:25"]);
}

TEST_F(Outbox, oneBadRecipientOfTwo) {
    world.mail.script = [](const io::MailJob& job) {
        return job.recipient == "mail-a@acme.example" ? replies(MailStep::rcpt, 550, "no such user mail-a@acme.example") : accepts();
    };
    world.start();
    world.send("n1", {"mail-a", "mail-b"});
    world.loop.advance(hours(1));
    EXPECT_EQ(outcomes(world.deliveries("n1/mail-a")), std::vector{refused});
    EXPECT_EQ(outcomes(world.deliveries("n1/mail-b")), std::vector{accepted});
    EXPECT_EQ(world.deliveries("n1/mail-a").at(0).text, "no such user (address)");
    EXPECT_EQ(world.mail.sent.size(), 2U);
}

TEST_F(Outbox, unknownOutcomeAfterTheFinalDotIsSentAgainUnderTheSameId) {
    world.mail.script = [](const io::MailJob& job) {
        return job.server.name == "r1:25" ? hangs(MailStep::answer, seconds(60)) : accepts();
    };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(minutes(5));
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{unknown, accepted}));
    EXPECT_EQ(world.mail_times(), (std::vector{0.0, 60.0}));
    EXPECT_EQ(*world.mail.sent.at(0).job.bytes, *world.mail.sent.at(1).job.bytes);
    EXPECT_NE(world.mail.sent.at(0).job.bytes->find("Message-ID: <n1.mail-a@provider.example>\r\n"), std::string::npos);
}

TEST_F(Outbox, a4xxGoesToTheNextRelayAfterTenSecondsAndThenToTheNextRound) {
    int asked = 0;
    world.mail.script = [&asked](const io::MailJob&) { return ++asked <= 2 ? replies(MailStep::rcpt, 451, "greylisted") : accepts(); };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(minutes(5));
    EXPECT_EQ(world.mail_times(), (std::vector{0.0, 10.1, 15.0}));
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{retry, retry, accepted}));
    EXPECT_EQ(world.deliveries().at(2).round, 1U);
    EXPECT_EQ(world.deliveries().at(2).attempt, 3U);
    EXPECT_EQ(world.outbox->counts().failed_rounds, 1U);
}

TEST_F(Outbox, aRelaysOwnFaultGoesToTheNextRelayAtOnce) {
    world.mail.script = [](const io::MailJob& job) {
        return job.server.name == "r1:25" ? replies(MailStep::auth, 535, "bad password relay-password") : accepts();
    };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(5));
    EXPECT_EQ(world.mail_times(), (std::vector{0.0, 0.1}));
    EXPECT_EQ(world.deliveries().at(0).text, "bad password (password)");
}

TEST_F(Outbox, aHangingRelayDelaysNobodyElse) {
    world.relays.at(0).parallel = 2;
    world.mail.script = [](const io::MailJob& job) { return job.server.name == "r1:25" ? hangs(MailStep::ehlo, seconds(20)) : accepts(); };
    world.start();
    for (int number = 0; number < 50; ++number) world.send("n" + std::to_string(number), {"mail-a"});
    world.loop.advance(seconds(2));
    EXPECT_EQ(world.deliveries().size(), 48U);  // all but the two that met the hanging one
    world.loop.advance(seconds(19));
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
    world.send("later", {"mail-a"});
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.deliveries("later").size() + world.deliveries("later/mail-a").size(), 1U);
    EXPECT_EQ(world.deliveries("later/mail-a").at(0).relay, "r2:25") << "the suspect comes last";
}

TEST_F(Outbox, allRelaysDownForAnHourAndThenOneHeals) {
    world.mail.script = [this](const io::MailJob& job) {
        const bool healed = job.server.name == "r2:25" && world.at(world.clock.now()) >= 3'600;
        return healed ? accepts() : hangs(MailStep::connect, seconds(5));
    };
    world.start();
    for (int number = 0; number < 100; ++number) world.send("n" + std::to_string(number), {"mail-a"});
    world.loop.advance(hours(1));
    EXPECT_EQ(world.outbox->counts().pending_mail, 100U);
    world.loop.advance(minutes(16));
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
    std::map<std::string, int> acceptances;
    for (const auto& delivery : world.deliveries()) acceptances[delivery.envelope] += delivery.outcome == accepted ? 1 : 0;
    for (const auto& [envelope, count] : acceptances) EXPECT_EQ(count, 1) << envelope;
}

TEST_F(Outbox, givesUpAfterThreeDaysAndSaysSo) {
    world.mail.script = [](const io::MailJob&) { return replies(MailStep::rcpt, 451); };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(hours(71));
    EXPECT_EQ(world.outbox->counts().pending_mail, 1U);
    world.loop.advance(hours(2));
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
    const auto last = world.deliveries().back();
    EXPECT_EQ(last.outcome, undeliverable);
    EXPECT_EQ(last.text, "given up: not accepted within 72 h of its composition");
    EXPECT_EQ(world.at(last.ended), 3 * 24 * 3'600);
    const auto attempts = world.mail.sent.size();
    world.loop.advance(hours(24));
    EXPECT_EQ(world.mail.sent.size(), attempts);
}

TEST_F(Outbox, keepsTheSendRate) {
    world.relays.resize(1);
    world.relays.at(0).send_rate = 5;
    world.start();
    for (int number = 0; number < 100; ++number) world.send("n" + std::to_string(number), {"mail-a"});
    world.loop.advance(seconds(30));
    EXPECT_EQ(world.deliveries().size(), 100U);
    const auto times = world.mail_times();
    for (std::size_t index = 5; index < times.size(); ++index) EXPECT_GE(times[index] - times[index - 5], 0.999) << index;
    EXPECT_LE(times.back(), 20.5);
}

TEST_F(Outbox, keepsTheBoundOfParallelTransactions) {
    world.relays.at(0).parallel = 3;
    world.relays.at(1).parallel = 2;
    world.start();
    for (int number = 0; number < 100; ++number) world.send("n" + std::to_string(number), {"mail-a"});
    world.loop.advance(seconds(30));
    EXPECT_EQ(world.mail.most, (std::map<std::string, int>{{"r1:25", 3}, {"r2:25", 2}}));
}

TEST_F(Outbox, sendsTheNearestDeadlineFirstAndThenTheOldest) {
    world.relays.resize(1);
    world.relays.at(0).parallel = 1;
    world.start();
    world.arm("INC-1/first_alert/1/tenant:late", minutes(60));
    world.arm("INC-1/first_alert/1/tenant:soon", minutes(20));
    const auto send = [this](const std::string& id, const std::string& contact, std::vector<model::DutyId> duties) {
        auto notice = world.notice(id, {contact});
        notice.duties = std::move(duties);
        world.send(std::move(notice));
    };
    world.add_contact("page");
    world.outbox->set_contacts(world.contacts);
    send("n0", "page", {});
    send("n1", "page", {});
    send("n2", "mail-a", {"INC-1/first_alert/1/tenant:late"});
    send("n3", "mail-b", {"INC-1/first_alert/1/tenant:soon", "INC-1/first_alert/1/tenant:late"});
    world.loop.advance(seconds(5));
    EXPECT_EQ(world.mail.asked("r1:25"),
              (std::vector<std::string>{"page@acme.example", "mail-b@acme.example", "mail-a@acme.example", "page@acme.example"}));
}

TEST_F(Outbox, aContactWithoutAnAddressIsUndeliverableInClearWords) {
    world.start();
    world.send("n1", {"gone", "mail-a"});
    world.loop.advance(seconds(1));
    const auto delivery = world.deliveries("n1/gone").at(0);
    EXPECT_EQ(delivery.outcome, undeliverable);
    EXPECT_EQ(delivery.text, "contact gone has no address any more: it was removed from the configuration");
    EXPECT_EQ(outcomes(world.deliveries("n1/mail-a")), std::vector{accepted});
}

TEST_F(Outbox, withoutARelayKeepsTryingAndUsesOneThatComes) {
    const auto configured = world.relays;
    world.relays.clear();
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(20));
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{retry, retry}));
    EXPECT_EQ(world.deliveries().at(0).text, "no mail relay is left to try: add one under `relays`");
    world.outbox->set_relays(configured);
    world.loop.advance(seconds(60));
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{retry, retry, accepted}));
}

TEST_F(Outbox, aRelayThatGoesAwayInAReloadDoesNotStrandAnybody) {
    world.mail.script = [](const io::MailJob& job) { return job.server.name == "r1:25" ? replies(MailStep::rcpt, 451) : accepts(); };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(5));  // waits for the second relay
    world.relays.resize(1);
    world.outbox->set_relays(world.relays);
    world.mail.script = nullptr;
    world.loop.advance(seconds(60));
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
}

TEST_F(Outbox, survivesAJournalThatFailsAndAChannelThatThrows) {
    bool first = true;
    world.mail.script = [&first](const io::MailJob&) {
        if (std::exchange(first, false)) throw std::runtime_error("a defect");
        return accepts();
    };
    world.start();
    world.send("n1", {"mail-a"});
    world.loop.advance(seconds(1));
    EXPECT_EQ(outcomes(world.deliveries()), (std::vector{unknown, accepted}));
    world.send("n2", {"mail-a"});
    world.journal.broken = true;
    world.loop.advance(seconds(1));
    world.journal.broken = false;
    EXPECT_TRUE(world.deliveries("n2/mail-a").empty());
    world.loop.advance(minutes(1));
    EXPECT_EQ(outcomes(world.deliveries("n2/mail-a")), std::vector{accepted}) << "sent again, as it could not be recorded";
}

TEST_F(Outbox, anOrderlyStopWaitsForWhatIsUnderWayAndStartsNothingNew) {
    world.relays.resize(1);
    world.relays.at(0).parallel = 1;
    world.mail.script = [](const io::MailJob&) { return accepts(seconds(4)); };
    world.start();
    world.send("n1", {"mail-a", "mail-b"});
    world.loop.advance(seconds(1));
    bool stopped = false;
    io::spawn(world.loop.executor(), world.outbox->stop(), [&stopped](std::exception_ptr) { stopped = true; });
    world.loop.advance(seconds(2));
    EXPECT_FALSE(stopped);
    world.loop.advance(seconds(2));
    EXPECT_TRUE(stopped);
    EXPECT_EQ(outcomes(world.deliveries()), std::vector{accepted});
    world.loop.advance(minutes(5));
    EXPECT_EQ(world.mail.sent.size(), 1U);
}

TEST_F(Outbox, anOrderlyStopCutsAndRecordsWhatTakesTooLong) {
    world.mail.script = [](const io::MailJob&) { return accepts(seconds(50)); };
    world.start();
    world.send("n1", {"mail-a"});
    bool stopped = false;
    io::spawn(world.loop.executor(), world.outbox->stop(), [&stopped](std::exception_ptr) { stopped = true; });
    world.loop.advance(seconds(11));
    EXPECT_TRUE(stopped);
    EXPECT_EQ(outcomes(world.deliveries()), std::vector{unknown});
    EXPECT_EQ(world.deliveries().at(0).relay, "r1:25");
    world.loop.advance(minutes(2));
    EXPECT_EQ(world.deliveries().size(), 1U) << "what reports later is not recorded twice";
}

TEST_F(Outbox, takesAStormOfTenThousandEnvelopes) {
    constexpr int many = 10'000;
    for (int number = 0; number < 500; ++number) {
        const auto host = std::to_string(number);
        world.add_contact("hook-" + host, "https://h" + host + ".example/in");
    }
    world.http.script = [](const io::HttpRequest& request) {
        return request.url == "https://h7.example/in" ? fakes::fails(model::Reason::connect_timeout, seconds(10)) : fakes::status(200);
    };
    world.start();
    std::vector<model::Payload> payloads;
    for (int number = 0; number < many / 2; ++number) {
        payloads.emplace_back(
            model::NoticeComposed{world.notice("n" + std::to_string(number), {"mail-a", "hook-" + std::to_string(number % 500)})});
    }
    world.journal.append(std::move(payloads));
    world.loop.settle();
    EXPECT_EQ(world.outbox->counts().pending_mail + world.outbox->counts().pending_webhook, static_cast<std::uint64_t>(many));
    world.loop.advance(seconds(40));
    EXPECT_EQ(world.outbox->counts().pending_mail, 0U);
    EXPECT_EQ(world.outbox->counts().pending_webhook, 10U) << "only those of the hanging receiver";
    EXPECT_LE(world.http.most, 64);
}

TEST_F(Outbox, tellsOfALostLineByTheRelaysThatDoNotNeedItFirst) {
    world.add_relay("lte:25");
    world.relays.back().out_of_band = true;
    world.start();
    world.send("n1", {"mail-a"});
    auto notice = world.notice("n2", {"mail-a"});
    notice.stage = model::Stage::line_fault;
    world.send(notice);
    world.loop.advance(seconds(1));
    EXPECT_EQ(world.deliveries("n1/mail-a").at(0).relay, "r1:25");
    EXPECT_EQ(world.deliveries("n2/mail-a").at(0).relay, "lte:25");
}

} // namespace

#include "daemon/demo_story.hpp"

#include "daemon/demo_screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace hinomi {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Story : public testing::Test {
protected:
    std::vector<DemoLine> tell(model::Payload payload) {
        model::Event event;
        event.payload = std::move(payload);
        return story_.tell(event);
    }

    static model::Duty duty(model::Stage stage, const std::string& tenant, model::Milliseconds limit) {
        model::Duty made;
        made.id = "INC-1/" + tenant + "/" + std::to_string(static_cast<int>(stage));
        made.stage = stage;
        made.recipient.name = tenant;
        made.deadline.limit = limit;
        made.deadline.base.boot = 1'000ms;
        return made;
    }

    static model::NoticeComposed notice(const model::Duty& duty, const std::string& envelope, const std::string& text) {
        model::NoticeComposed composed;
        composed.notice.recipient = duty.recipient;
        composed.notice.stage = duty.stage;
        composed.notice.duties = {duty.id};
        composed.notice.subject = "【障害速報】";
        composed.notice.text = text;
        composed.notice.envelopes.emplace_back().id = envelope;
        return composed;
    }

    static model::DeliveryRecorded delivered(const std::string& envelope, model::DeliveryOutcome outcome, model::Milliseconds at) {
        model::DeliveryRecorded recorded;
        recorded.delivery.envelope = envelope;
        recorded.delivery.outcome = outcome;
        recorded.delivery.ended.boot = at;
        return recorded;
    }

    DemoStory story_{model::Language::en};
};

TEST_F(Story, tells_what_is_owed_and_how_much_time_was_left) {
    const auto first = duty(model::Stage::first_alert, "acme", 20min);
    EXPECT_EQ(tell(model::DutiesArmed{.duties = {first}}).at(0).text,
              "first alert to acme within 20 min; in the ledger before anything is sent");
    EXPECT_THAT(tell(notice(first, "e1", "Dear acme\nbye\n\n")), IsEmpty());
    EXPECT_THAT(tell(delivered("e1", model::DeliveryOutcome::retry, 3'000ms)), IsEmpty()) << "nobody was told";
    EXPECT_EQ(story_.told(model::Stage::first_alert), 0U);
    const auto lines = tell(delivered("e1", model::DeliveryOutcome::accepted, 7'100ms));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[0].mail, ElementsAre("Subject: 【障害速報】", "", "Dear acme", "bye"));
    EXPECT_EQ(lines[1].text, "first alert to acme accepted after 6.1 s: 19 min 53.9 s of its 20 min were left");
    EXPECT_EQ(story_.told(model::Stage::first_alert), 1U);
    EXPECT_EQ(story_.least_margin(), 20min - 6'100ms);
}

TEST_F(Story, says_late_when_it_was) {
    const auto first = duty(model::Stage::first_alert, "acme", 1min);
    tell(model::DutiesArmed{.duties = {first}});
    tell(notice(first, "e1", "x"));
    EXPECT_EQ(tell(delivered("e1", model::DeliveryOutcome::accepted, 2min)).at(1).word, "late");
}

TEST_F(Story, shows_only_the_beginning_of_a_recovery_notice) {
    const auto recovery = duty(model::Stage::recovery, "acme", 20min);
    std::string text;
    for (int line = 0; line < 50; ++line) text += "line\n";
    tell(notice(recovery, "e1", text));
    const auto lines = tell(delivered("e1", model::DeliveryOutcome::accepted, 2s));
    EXPECT_EQ(lines.at(0).mail.size(), 13U);
    EXPECT_EQ(lines.at(0).mail.back(), "[...]");
}

TEST_F(Story, counts_watches_that_have_passed_and_names_what_happens) {
    EXPECT_EQ(tell(model::Verified{.watch = "page/liveness", .at = {}}).at(0).text, "page/liveness passes for the first time");
    EXPECT_EQ(story_.passed(), 1U);
    EXPECT_EQ(
        tell(model::Suspected{.watch = "login/liveness", .last_good = {}, .first_bad = {}, .detect = {}, .detail = "refused"}).at(0).word,
        "suspected");
    EXPECT_THAT(tell(model::RunsMissed{}), IsEmpty());
}

TEST_F(Story, is_told_in_japanese_as_well) {
    story_ = DemoStory(model::Language::ja);
    const auto first = duty(model::Stage::first_alert, "acme", 20min);
    EXPECT_EQ(tell(model::DutiesArmed{.duties = {first}}).at(0).text, "acme へ速報: 20分以内(送信前に台帳へ記録)");
    tell(notice(first, "e1", "x"));
    EXPECT_EQ(tell(delivered("e1", model::DeliveryOutcome::accepted, 7'100ms)).at(1).text,
              "acme への速報: 6.1秒で受理。期限の20分まで残り19分53.9秒");
}

TEST(DemoScreen, writes_plain_lines_when_it_is_no_terminal) {
    std::ostringstream out;
    DemoScreen screen(out, /*colour=*/false, /*moving=*/false);
    screen.state("waiting");
    screen.show(12'340ms, {DemoLine::Kind::trouble, "broken", "login", {}});
    screen.show(13'000ms, {DemoLine::Kind::mail, "", "the mail:", {"Subject: x", "", "text"}});
    EXPECT_EQ(out.str(), "  12.3 s  broken: login\n  13.0 s  the mail:\n         | Subject: x\n         | \n         | text\n");
}

TEST(DemoScreen, writes_over_its_state_line_on_a_terminal) {
    std::ostringstream out;
    DemoScreen screen(out, /*colour=*/true, /*moving=*/true);
    screen.state("waiting");
    screen.state("waiting");
    screen.show(0ms, {DemoLine::Kind::good, "met", "all", {}});
    EXPECT_EQ(out.str(), "... waiting\r\x1b[K   0.0 s  \x1b[1;32mmet\x1b[0m: all\n");
}

} // namespace
} // namespace hinomi

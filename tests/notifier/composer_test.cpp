#include "notifier/composer.hpp"

#include "notice_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace {

using namespace std::chrono_literals;
using model::Stage;
using testing::HasSubstr;
using testing::Not;

struct Composer {
    model::Directory directory = samples::directory();
    notifier::Templates templates;
    samples::CountingRandom random;

    model::Notice operator()(const notifier::NoticeRequest& request) {
        return notifier::compose(request, directory, templates, random, "status.provider.example");
    }
};

std::size_t occurrences(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

TEST(Compose, MintsIdsOnceAndOneEnvelopePerContact) {
    Composer compose;
    auto request = samples::request(Stage::follow_up, "acme");
    request.thread["c1"] = "first@status.provider.example";
    request.supersedes = {"N-20261123-0000000000000000/0"};
    const model::Notice notice = compose(request);
    EXPECT_THAT(notice.id, testing::MatchesRegex("N-20261123-[0-9a-f]{16}"));
    EXPECT_EQ(notice.policy, model::ContactPolicy::primary);
    EXPECT_EQ(notice.duties, std::vector<model::DutyId>{request.duties.front().id});
    EXPECT_EQ(notice.subjects, std::vector<std::string>{"INC-20261123-01"});
    EXPECT_EQ(notice.supersedes, request.supersedes);
    EXPECT_EQ(notice.composed, request.now);
    EXPECT_FALSE(notice.fallback_text);
    ASSERT_EQ(notice.envelopes.size(), 2U);
    EXPECT_EQ(notice.envelopes[0].id, notice.id + "/0");
    EXPECT_EQ(notice.envelopes[0].contact, "c1");
    EXPECT_EQ(notice.envelopes[0].in_reply_to, "first@status.provider.example");
    EXPECT_THAT(notice.envelopes[0].message_id, testing::MatchesRegex("[a-z2-7]{32}@status\\.provider\\.example"));
    EXPECT_EQ(notice.envelopes[1].order, 1U);
    EXPECT_EQ(notice.envelopes[1].channel, model::ChannelKind::webhook);
    EXPECT_EQ(notice.envelopes[1].in_reply_to, "");
    EXPECT_THAT(notice.envelopes[1].message_id, testing::MatchesRegex("msg_[a-z2-7]{32}"));
    EXPECT_NE(compose(request).id, notice.id);
}

TEST(Compose, ServesARemovedTenantByTheContactsOfItsDuties) {
    Composer compose;
    auto request = samples::request(Stage::first_alert, "gone");
    request.duties.front().contacts = {"c9", "c8"};
    request.former = {{.id = "c9", .channel = model::ChannelKind::mail, .address = "a@gone.example", .secret = {}},
                      {.id = "c8", .channel = model::ChannelKind::webhook, .address = "https://gone.example/", .secret = {}}};
    const model::Notice notice = compose(request);
    ASSERT_EQ(notice.envelopes.size(), 2U);
    EXPECT_EQ(notice.envelopes[0].contact, "c9");
    EXPECT_EQ(notice.envelopes[0].channel, model::ChannelKind::mail);
    EXPECT_EQ(notice.envelopes[1].channel, model::ChannelKind::webhook);
    EXPECT_THAT(notice.text, Not(HasSubstr("ポータル")));
    EXPECT_THAT(notice.subject, HasSubstr("ご利用中のサービス"));
}

// One incident may have several services, and one of them may be worse off than the others.
TEST(Compose, TellsATenantHowBadItsOwnServicesAre) {
    Composer compose;
    auto incident = samples::incident();
    incident.services = {"mail", "secret-lab"};
    auto& slow = incident.members["host/performance"] = samples::member(model::Severity::performance, model::Reason::too_slow, 0s);
    slow.services = {};
    auto& stopped = incident.members.at("portal-web/liveness");
    stopped.services = {"secret-lab"};
    incident.severity = incident.worst = model::Severity::stop;
    incident.worst_of = {{"mail", model::Severity::performance}, {"secret-lab", model::Severity::stop}};
    const auto told = [&](const std::string& tenant, const model::Incident& of) {
        auto request = samples::request(of.open() ? Stage::follow_up : Stage::recovery, tenant);
        request.incidents.front() = of;
        return compose(request);
    };
    EXPECT_THAT(told("acme", incident).subject, HasSubstr("応答に時間がかかる状態"));
    EXPECT_THAT(told("acme", incident).data, HasSubstr(R"("severity":"performance")"));
    EXPECT_THAT(told("globex", incident).data, HasSubstr(R"("severity":"stop")"));
    incident.members.erase("host/performance");
    EXPECT_THAT(told("acme", incident).data, HasSubstr(R"("severity":"performance")")) << "it is well by now: the worst it ever was";
    EXPECT_THAT(told("acme", samples::restored(incident)).data, HasSubstr(R"("severity":"performance")"));
    EXPECT_THAT(told("globex", samples::restored(incident)).data, HasSubstr(R"("severity":"stop")"));
}

TEST(Compose, NeverTellsATenantOfAnother) {
    Composer compose;
    auto incident = samples::incident();
    incident.services = {"mail", "portal", "secret-lab"};
    for (const char* stage_word : {"first", "recovery", "digest"}) {
        auto acme = std::string{stage_word} == "recovery" ? samples::recovery("acme") : samples::request(Stage::first_alert, "acme");
        acme.incidents.front().services = incident.services;
        if (std::string{stage_word} == "digest") acme.incidents.push_back(incident);
        auto globex = acme;
        globex.recipient.name = "globex";
        const model::Notice to_acme = compose(acme);
        const model::Notice to_globex = compose(globex);
        for (const std::string& text : {to_acme.subject, to_acme.text, to_acme.html, to_acme.data}) {
            for (const char* foreign : {"globex", "secret-lab", "極秘ラボ", "Secret lab", "customer.example"}) {
                EXPECT_THAT(text, Not(HasSubstr(foreign)));
            }
        }
        for (const std::string& text : {to_globex.subject, to_globex.text, to_globex.html, to_globex.data}) {
            for (const char* foreign : {"acme", "メール配信", "Mail delivery", "\"mail\""}) EXPECT_THAT(text, Not(HasSubstr(foreign)));
        }
    }
}

TEST(Compose, KeepsHostsAndProbesFromTenantsAndTellsThemToStaff) {
    Composer compose;
    const model::Notice tenant = compose(samples::request(Stage::first_alert, "acme"));
    for (const std::string& text : {tenant.subject, tenant.text, tenant.html, tenant.data}) {
        EXPECT_THAT(text, Not(HasSubstr("portal-web")));
        EXPECT_THAT(text, Not(HasSubstr("db1.internal")));
    }
    auto page = samples::request(Stage::page, "");
    page.recipient = {model::RecipientKind::on_call, ""};
    page.page = "at_risk";
    page.percent = 75;
    const model::Notice staff = compose(page);
    EXPECT_THAT(staff.text, HasSubstr("portal-web/liveness"));
    EXPECT_THAT(staff.text, HasSubstr("refused"));
    EXPECT_THAT(staff.text, HasSubstr("db1.internal.example:5432"));
    EXPECT_THAT(staff.subject, HasSubstr("75%"));
}

TEST(Compose, InRehearsalTellsOnCallInsteadOfCustomers) {
    Composer compose;
    compose.directory.rehearsal = true;
    const model::Notice notice = compose(samples::request(Stage::first_alert, "acme"));
    EXPECT_THAT(notice.subject, testing::StartsWith("【訓練】【障害速報】"));
    EXPECT_THAT(notice.text, testing::StartsWith("【訓練】訓練モードのため、お客様(acme)には送信していません。"));
    ASSERT_EQ(notice.envelopes.size(), 2U);
    EXPECT_EQ(notice.envelopes[0].contact, "o1");
    EXPECT_EQ(notice.policy, model::ContactPolicy::any);
    EXPECT_EQ(notice.recipient.name, "acme");
    EXPECT_TRUE(nlohmann::json::parse(notice.data)["data"]["rehearsal"].get<bool>());
    const model::Notice english = compose(samples::request(Stage::first_alert, "globex"));
    EXPECT_THAT(english.subject, testing::StartsWith("[Drill] [Incident alert]"));
}

TEST(Compose, FallsBackWhenAnOperatorsTemplateFails) {
    Composer compose;
    ASSERT_TRUE(compose.templates.override_with("ja/first_alert.subject", "{{#stop}} {{/stop}}"));
    const model::Notice empty = compose(samples::request(Stage::first_alert, "acme"));
    EXPECT_TRUE(empty.fallback_text);
    EXPECT_THAT(empty.subject, HasSubstr("【障害速報】ポータル"));

    Composer unseen;
    ASSERT_TRUE(unseen.templates.override_with("ja/first_alert.subject", "\x7f \xe2\x80\x8b"));
    const model::Notice of_nothing_shown = unseen(samples::request(Stage::first_alert, "acme"));
    EXPECT_TRUE(of_nothing_shown.fallback_text);
    EXPECT_THAT(of_nothing_shown.subject, HasSubstr("【障害速報】ポータル"));

    Composer flood;
    std::string body = "{{count}}{{support}}{{#incidents}}";
    for (int index = 0; index < 80; ++index) body += "{{symptom_sentence}}{{services}}";
    ASSERT_TRUE(flood.templates.override_with("ja/digest.text", body + "{{/incidents}}"));
    auto request = samples::request(Stage::first_alert, "acme");
    request.incidents.assign(200, samples::incident());
    const model::Notice notice = flood(request);
    EXPECT_TRUE(notice.fallback_text);
    EXPECT_THAT(notice.text, HasSubstr("■お問い合わせ先"));
}

TEST(Compose, UsesAnOperatorsTemplate) {
    Composer compose;
    ASSERT_TRUE(compose.templates.override_with("ja/first_alert.subject", "障害 {{title}} {{number}}"));
    const model::Notice notice = compose(samples::request(Stage::first_alert, "acme"));
    EXPECT_EQ(notice.subject, "障害 ポータル INC-20261123-01");
    EXPECT_FALSE(notice.fallback_text);
}

TEST(Compose, GivesTenantsNothingOfStaffEvenThroughAnOperatorsTemplate) {
    Composer compose;
    const char* curious =
        "[{{watch}}{{reason}}{{detail}}{{#watches}}{{watch}}{{detail}}{{/watches}}{{#duties}}{{to}}{{/duties}}"
        "{{#incidents}}{{watch}}{{reason}}{{/incidents}}]";
    ASSERT_TRUE(compose.templates.override_with("ja/first_alert.subject", curious));
    EXPECT_EQ(compose(samples::request(Stage::first_alert, "acme")).subject, "[]");
}

TEST(Compose, SurvivesHostileInput) {
    Composer compose;
    model::Service& portal = compose.directory.services["portal"];
    portal.title_ja = "ポ\r\nBcc: x@evil.example\r\n\r\n<script>alert(1)</script>{{number}}\xE2\x80\xAE\xFF";
    compose.directory.support = std::string(5'000'000, '<');
    auto request = samples::request(Stage::first_alert, "acme");
    const model::Notice notice = compose(request);
    EXPECT_THAT(notice.subject, Not(HasSubstr("\n")));
    EXPECT_THAT(notice.subject, Not(HasSubstr("\xE2\x80\xAE")));
    EXPECT_THAT(notice.subject, HasSubstr("\xEF\xBF\xBD"));
    EXPECT_THAT(notice.text, Not(HasSubstr("\nBcc:")));
    EXPECT_THAT(notice.html, Not(HasSubstr("<script>")));
    EXPECT_THAT(notice.html, HasSubstr("&lt;script&gt;"));
    EXPECT_LT(notice.data.size(), std::size_t{256} << 10);

    auto page = request;
    page.recipient = {model::RecipientKind::on_call, ""};
    page.stage = Stage::page;
    page.page = "unverified";
    page.incidents.front().members["portal-web/liveness"].detail = std::string(10'000'000, 'A') + "\x1b[2J";
    page.incidents.front().first_watch = std::string(1'000'000, '\x07');
    const model::Notice staff = compose(page);
    EXPECT_LT(staff.text.size(), 20'000U);
    EXPECT_THAT(staff.text, Not(HasSubstr("\x1b")));
}

TEST(Compose, BoundsTheSubject) {
    Composer compose;
    compose.directory.services["portal"].title_ja = std::string{"長"} + [] {
        std::string many;
        for (int index = 0; index < 5000; ++index) many += "い";
        return many;
    }();
    const model::Notice notice = compose(samples::request(Stage::first_alert, "acme"));
    EXPECT_THAT(notice.subject, HasSubstr("…"));
    EXPECT_THAT(notice.subject, HasSubstr("(INC-20261123-01 第1報)"));
    ASSERT_TRUE(compose.templates.override_with("ja/first_alert.subject", "{{title}}{{title}}{{title}}{{title}}{{title}}"));
    const std::string cut = compose(samples::request(Stage::first_alert, "acme")).subject;
    EXPECT_TRUE(cut.ends_with("…"));
    EXPECT_EQ(std::ranges::count_if(cut, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }), 200);
}

TEST(Compose, NamesServicesByTitleElseByName) {
    Composer compose;
    compose.directory.services["portal"].title_en.clear();
    EXPECT_THAT(compose(samples::request(Stage::first_alert, "globex")).subject, HasSubstr("[Incident alert] portal: cannot be reached"));
}

TEST(Compose, TellsTimesInTheServicesZone) {
    struct Case {
        const char* zone;
        const char* said;
    };
    for (const Case& one : {Case{"Asia/Tokyo", "2026-11-23 13:06 JST"}, Case{"Europe/Berlin", "2026-11-23 05:06 CET"},
                            Case{"America/New_York", "2026-11-22 23:06 EST"}, Case{"Mars/Olympus", "2026-11-23 04:06 UTC"}}) {
        Composer compose;
        compose.directory.services["portal"].time_zone = one.zone;
        EXPECT_THAT(compose(samples::request(Stage::first_alert, "acme")).text, HasSubstr(one.said));
    }
}

TEST(Compose, CountsReportsFromTheIncident) {
    Composer compose;
    auto request = samples::request(Stage::follow_up, "acme");
    request.incidents.front().reports = 4;
    EXPECT_THAT(compose(request).subject, HasSubstr("(INC-20261123-01 第5報)"));
}

TEST(Compose, BoundsADigestOfTenThousandIncidents) {
    Composer compose;
    auto request = samples::request(Stage::first_alert, "acme");
    request.incidents.clear();
    for (int index = 0; index < 10'000; ++index) {
        request.incidents.push_back(samples::incident());
        request.incidents.back().id = "INC-20261123-" + std::to_string(index + 1);
    }
    const model::Notice notice = compose(request);
    EXPECT_THAT(notice.subject, HasSubstr("10000件"));
    EXPECT_EQ(occurrences(notice.text, "・INC-"), 200U);
    EXPECT_THAT(notice.text, HasSubstr("ほか9800件"));
    EXPECT_FALSE(notice.html.empty());
    EXPECT_FALSE(notice.fallback_text);
    EXPECT_EQ(notice.subjects.size(), 10'000U);
    EXPECT_LE(notice.data.size(), std::size_t{256} << 10);
    const auto data = nlohmann::json::parse(notice.data)["data"];
    EXPECT_GE(data["incidents"].size(), 500U);
    EXPECT_EQ(data["incidents"].size() + data["incidents_omitted"].get<std::size_t>(), 10'000U);
}

TEST(Compose, WritesTheWebhooksData) {
    Composer compose;
    const auto body = nlohmann::json::parse(compose(samples::recovery("globex")).data);
    EXPECT_EQ(body["type"], "incident.recovery");
    EXPECT_EQ(body["timestamp"], "2026-11-23T04:41:00.000Z");
    EXPECT_EQ(body["data"]["stage"], "recovery");
    EXPECT_EQ(body["data"]["recipient"], "tenant:globex");
    EXPECT_EQ(body["data"]["language"], "en");
    EXPECT_EQ(body["data"]["next_report_at"], nullptr);
    EXPECT_EQ(body["data"]["rehearsal"], false);
    const auto& incident = body["data"]["incidents"][0];
    EXPECT_EQ(incident["id"], "INC-20261123-01");
    EXPECT_EQ(incident["services"], nlohmann::json::array({"portal"}));
    EXPECT_EQ(incident["severity"], "stop");
    EXPECT_EQ(incident["state"], "restored");
    EXPECT_EQ(incident["started_at"], "2026-11-23T04:05:00.000Z");
    EXPECT_EQ(incident["detected_at"], "2026-11-23T04:06:00.000Z");
    EXPECT_EQ(incident["restored_at"], "2026-11-23T04:40:00.000Z");
    EXPECT_EQ(incident["duration_seconds"], 2100);
    const auto first = nlohmann::json::parse(compose(samples::request(Stage::first_alert, "acme")).data);
    EXPECT_EQ(first["data"]["incidents"][0]["duration_seconds"], nullptr);
    EXPECT_EQ(first["data"]["next_report_at"], "2026-11-23T05:06:00.000Z");
}

TEST(Compose, NeverComesBackEmpty) {
    for (int stage = 0; stage <= static_cast<int>(Stage::test); ++stage) {
        for (const auto kind : {model::RecipientKind::tenant, model::RecipientKind::manager, model::RecipientKind::on_call}) {
            Composer compose;
            notifier::NoticeRequest bare;
            bare.stage = static_cast<Stage>(stage);
            bare.recipient = {kind, ""};
            auto full = samples::request(bare.stage, "globex");
            full.recipient.kind = kind;
            for (const auto& request : {bare, full}) {
                const model::Notice notice = compose(request);
                EXPECT_FALSE(notice.subject.empty());
                EXPECT_GT(notice.text.size(), 20U);
                EXPECT_FALSE(notice.html.empty());
                EXPECT_FALSE(notice.fallback_text);
                for (const std::string& text : {notice.subject, notice.text, notice.html}) {
                    EXPECT_THAT(text, Not(HasSubstr("{{")));
                    EXPECT_THAT(text, Not(HasSubstr("\x01")));
                }
            }
        }
    }
}

TEST(Compose, ApologisesOnceAtMost) {
    Composer compose;
    for (const Stage stage : {Stage::first_alert, Stage::follow_up, Stage::correction}) {
        EXPECT_EQ(occurrences(compose(samples::request(stage, "acme")).text, "申し訳"), 1U);
        EXPECT_EQ(occurrences(compose(samples::request(stage, "globex")).text, "apologise"), 1U);
    }
    EXPECT_EQ(occurrences(compose(samples::recovery("acme")).text, "申し訳"), 1U);
}

} // namespace

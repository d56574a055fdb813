#include "daemon/preview.hpp"

#include "daemon/exit_code.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace hinomi {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Preview : public testing::Test {
protected:
    struct Shown {
        int exit_code = 0;
        std::string out;
        std::string error;
    };

    Shown preview(const std::map<std::string, std::string>& options) {
        Given given;
        given.verb = "notify preview";
        given.configuration_file = folder_.write("hinomi.yaml", configuration_);
        for (const auto& [name, value] : options) given.values.emplace(name, std::vector{value});
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        Shown shown;
        shown.exit_code = preview_verb(given);
        shown.out = testing::internal::GetCapturedStdout();
        shown.error = testing::internal::GetCapturedStderr();
        return shown;
    }

    fakes::TemporaryFolder folder_;
    std::string configuration_ =
        "services:\n  portal: {title: {ja: ポータル, en: Portal}, regular_maintenance: none}\n"
        "assets:\n  web: {kind: application, service: portal}\n"
        "watches:\n  - asset: web\n    liveness: {target: \"http://127.0.0.1:1/\"}\n"
        "tenants:\n  - {name: acme, services: [portal], contacts: [{webhook: {url: \"https://acme.example/h\", secret: "
        "\"credential:not-there\"}}]}\n"
        "staff:\n  manager: [{email: m@provider.example}]\n  on_call: [{email: o@provider.example}]\n"
        "relays:\n  - {smtp: \"smtps://relay.example.jp\", from: status@provider.example, username: u, password: "
        "\"credential:not-there\"}\n"
        "templates_directory: " +
        folder_.path().string() + "/templates\n";
};

TEST_F(Preview, shows_what_a_customer_would_read_without_any_credential) {
    const auto japanese = preview({{"tenant", "acme"}});
    EXPECT_EQ(japanese.exit_code, exit_ok) << japanese.error;
    EXPECT_THAT(japanese.out,
                StartsWith("Subject: 【障害速報】ポータル: 接続できない状態を検知 (INC-00000000-00 第1報)\n\nacme ご担当者様\n"));
    const auto english = preview({{"tenant", "acme"}, {"language", "en"}, {"stage", "recovery"}});
    EXPECT_THAT(english.out, StartsWith("Subject: [Recovery] Portal: recovery confirmed (INC-00000000-00, report 2)\n"));
}

TEST_F(Preview, gives_programs_every_form_at_once) {
    Given given;
    given.configuration_file = folder_.write("hinomi.yaml", configuration_);
    given.values = {{"tenant", {"acme"}}, {"stage", {"recovery"}}};
    given.format = Format::json;
    testing::internal::CaptureStdout();
    EXPECT_EQ(preview_verb(given), exit_ok);
    const auto item = nlohmann::json::parse(testing::internal::GetCapturedStdout()).at("item");
    EXPECT_EQ(item["stage"], "recovery");
    EXPECT_EQ(item["language"], "ja");
    EXPECT_THAT(item["subject"].get<std::string>(), StartsWith("【復旧報】"));
    EXPECT_THAT(item["html"].get<std::string>(), HasSubstr("<html"));
    EXPECT_TRUE(item["data"].is_object());
    EXPECT_EQ(item["fallback_text"], false);
}

TEST_F(Preview, of_a_broken_file_tells_programs_why) {
    Given given;
    given.configuration_file = folder_.write("hinomi.yaml", "wach: x\n");
    given.format = Format::json;
    testing::internal::CaptureStdout();
    EXPECT_EQ(preview_verb(given), exit_configuration);
    const auto told = nlohmann::json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(told["ok"], false);
    EXPECT_THAT(told["problems"].dump(), HasSubstr(R"("line":1,)"));
}

TEST_F(Preview, has_every_stage_for_whom_it_is_meant) {
    for (const auto* stage : {"first_alert", "follow_up", "recovery", "correction", "maintenance", "test"}) {
        const auto shown = preview({{"tenant", "acme"}, {"stage", stage}});
        EXPECT_EQ(shown.exit_code, exit_ok) << stage << shown.error;
        EXPECT_THAT(shown.out, StartsWith("Subject: 【")) << stage;
        EXPECT_THAT(shown.error, Not(HasSubstr("template"))) << stage;
    }
    for (const auto* stage : {"line_fault", "blind", "page", "test"}) {
        const auto shown = preview({{"role", "manager"}, {"stage", stage}});
        EXPECT_EQ(shown.exit_code, exit_ok) << stage << shown.error;
        EXPECT_THAT(shown.out, StartsWith("Subject: 【")) << stage;
    }
    EXPECT_THAT(preview({{"role", "on_call"}}).out, HasSubstr("【障害発生】ポータル"));
}

TEST_F(Preview, shows_every_form) {
    EXPECT_THAT(preview({{"tenant", "acme"}, {"as", "html"}}).out, HasSubstr("<html"));
    EXPECT_THAT(preview({{"tenant", "acme"}, {"as", "json"}}).out, HasSubstr("\"INC-00000000-00\""));
    const auto mail = preview({{"tenant", "acme"}, {"as", "eml"}}).out;
    EXPECT_THAT(mail, HasSubstr("Subject: =?UTF-8?B?"));
    EXPECT_THAT(mail, HasSubstr("Auto-Submitted: auto-generated"));
}

TEST_F(Preview, uses_the_operators_own_template_and_says_when_it_is_broken) {
    std::filesystem::create_directories(folder_.path() / "templates/ja");
    EXPECT_TRUE(folder_.write("templates/ja/first_alert.subject.mustache", "自社の件名 {{number}}").ends_with("mustache"));
    const auto own = preview({{"tenant", "acme"}});
    EXPECT_EQ(own.exit_code, exit_ok);
    EXPECT_TRUE(own.out.starts_with("Subject: 自社の件名") || own.error.contains("template")) << own.out << own.error;
    EXPECT_FALSE(folder_.write("templates/ja/first_alert.text.mustache", "{{#open}}never closed").empty());
    const auto broken = preview({{"tenant", "acme"}});
    EXPECT_EQ(broken.exit_code, exit_ok);
    EXPECT_THAT(broken.error, HasSubstr("first_alert.text.mustache"));
    EXPECT_THAT(broken.error, HasSubstr("The built-in text is used until the template is mended"));
    EXPECT_THAT(broken.out, HasSubstr("acme ご担当者様"));
}

TEST_F(Preview, says_what_to_ask_instead) {
    const std::vector<std::pair<std::map<std::string, std::string>, std::string>> table{
        {{}, "say --tenant NAME, or --role on_call|manager"},
        {{{"tenant", "acne"}}, "there is no tenant acne. Did you mean \"acme\"?"},
        {{{"tenant", "acme"}, {"service", "protal"}}, "there is no service protal. Did you mean \"portal\"?"},
        {{{"tenant", "acme"}, {"stage", "page"}}, "never gets a notice of that stage. Ask for one of: "},
        {{{"role", "on_call"}, {"stage", "first_alert"}}, "never gets a notice of that stage"},
    };
    for (const auto& [options, said] : table) {
        const auto shown = preview(options);
        EXPECT_EQ(shown.exit_code, exit_usage);
        EXPECT_THAT(shown.error, HasSubstr(said));
        EXPECT_EQ(shown.out, "");
    }
    configuration_ += "nonsense: true\n";
    EXPECT_EQ(preview({{"tenant", "acme"}}).exit_code, exit_configuration);
}

} // namespace
} // namespace hinomi

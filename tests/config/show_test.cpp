#include "config/show.hpp"

#include "config/difference.hpp"
#include "tests/config/fake_describe_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using testing::HasSubstr;

const std::filesystem::path source = HINOMI_SOURCE_DIR;

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

config::Settings load(const std::string& text, const std::string& name = "a.yaml") {
    config::Problems problems;
    auto settings = config::load({{name, text}}, "watch.example.jp", fakes::describe_target, problems);
    for (const auto& problem : problems) {
        if (!problem.warning) ADD_FAILURE() << config::describe(problem);
    }
    return settings.value_or(config::Settings{});
}

const std::string short_form = "watch: https://a.example\nmail: ops@a.example\nrelay: smtp://127.0.0.1\n";

TEST(LongFormText, SaysTheSameWhenItIsLoadedAgain) {
    for (const auto* file : {"tests/data/config/good/long.yaml", "tests/data/config/good/short.yaml",
                             "tests/data/config/good/loopback.yaml", "config/examples/hinomi.yaml", "config/examples/saas.yaml"}) {
        const auto settings = load(read_file(source / file), file);
        for (const bool defaults : {false, true}) {
            const auto text = config::long_form_text(settings, defaults, "");
            const auto again = load(text, std::string(file) + " shown");
            const auto found = config::difference(settings, again);
            EXPECT_TRUE(found.empty()) << file << '\n' << config::describe(found, 10) << text;
            EXPECT_EQ(config::long_form_text(again, defaults, ""), config::long_form_text(again, defaults, "")) << file;
        }
        EXPECT_EQ(config::canonical_text(load(config::long_form_text(settings, /*defaults=*/false, "")).root),
                  config::canonical_text(settings.root))
            << file;
    }
}

TEST(Examples, AreWhatTheySay) {
    EXPECT_EQ(load(read_file(source / "config/examples/short.yaml")).watches.size(), 1U);
    const auto whole = load(read_file(source / "config/examples/saas.yaml"));
    EXPECT_EQ(whole.watches.size(), 30U);
    EXPECT_EQ(whole.assets.size(), 13U);
    EXPECT_EQ(whole.directory.tenants.size(), 3U);
}

TEST(LongFormText, WritesOutTheShortFormWithItsDefaults) {
    const auto text = config::long_form_text(load(short_form), /*defaults=*/true, "");
    EXPECT_THAT(text,
                HasSubstr("watches:\n  - asset: default\n    liveness:\n      target: https://a.example\n      every: 60s  # default, 1.1\n"
                          "      timeout: 5s  # default, 1.1\n      confirm:\n        failures: 3  # default, 1.1\n"));
    EXPECT_THAT(text, HasSubstr("duties:\n  first_alert: 20min  # limit of III.1.1.1 b\n"));
    EXPECT_THAT(text, HasSubstr("    from: hinomi@watch.example.jp\n"));
    EXPECT_THAT(text, HasSubstr("retention:\n  usage: 92d  # limit of III.2.1.3 a\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("hours:")));
}

TEST(LongFormText, WritesOutDefaultsThatFollowFromSomethingElse) {
    const std::string text =
        "services: {s: {}}\nassets: {a: {kind: server, service: s}}\nwatches: [{asset: a, liveness: {target: \"tcp://127.0.0.1:1\"}}]\n"
        "tenants: [{name: t, services: [s], contacts: [{email: a@b}]}]\n"
        "staff: {manager: [{email: a@b}], on_call: {policy: primary, contacts: [{email: a@b}]}}\n"
        "relays: [{smtp: \"smtps://r.example\", from: a@b}, {smtp: \"smtp://r.example\", from: a@b}, {smtp: \"smtp://127.0.0.1\", from: "
        "a@b},"
        " {smtp: \"smtp://[::1]\", from: a@b, username: u, password: \"env:P\"}]\nstorage: {directory: /srv/hinomi}\n";
    const auto shown = config::long_form_text(load(text), /*defaults=*/true, "");
    EXPECT_THAT(
        shown,
        HasSubstr("  manager:\n    contacts:\n      - email: a@b\n    language: ja  # default, 1.5\n    policy: any  # default, 1.4\n"));
    EXPECT_THAT(shown, HasSubstr("  on_call:\n    policy: primary\n    contacts:\n      - email: a@b\n    language: ja  # default, 1.5\n"));
    EXPECT_THAT(shown, HasSubstr("  - smtp: \"smtps://r.example\"\n    from: a@b\n    security: tls  # default, 1.4\n"));
    EXPECT_THAT(shown, HasSubstr("  - smtp: \"smtp://r.example\"\n    from: a@b\n    security: starttls  # default, 1.4\n"));
    EXPECT_THAT(shown, HasSubstr("  - smtp: \"smtp://127.0.0.1\"\n    from: a@b\n    security: none  # default, 1.4\n"));
    EXPECT_THAT(shown, HasSubstr("    password: \"env:P\"\n    security: starttls  # default, 1.4\n"));
    EXPECT_THAT(shown, HasSubstr("backup:\n  path: \"/srv/hinomi/backup\"  # default, III.2.3.1\n"));
    EXPECT_THAT(shown, HasSubstr("  per_watch: automatic  # default, design 4\n"));
    const auto found = config::difference(load(text), load(shown));
    EXPECT_TRUE(found.empty()) << config::describe(found, 10) << shown;
}

TEST(LongFormText, TellsWhatTheKindsTakeInCommentsSoThatTheWatchesStayTheSame) {
    const std::vector<config::KindKeys> kinds{{.kind = "http",
                                               .schemes = {"https"},
                                               .keys = {"method", "expect", "tls"},
                                               .defaults = {{.key = "method", .value = "GET"},
                                                            {.key = "expect.status", .value = "200-299"},
                                                            {.key = "expect.depth", .value = "64"},
                                                            {.key = "tls.verify", .value = "true", .scheme = "http"}}}};
    const std::string start =
        "services: {s: {}}\nassets: {a: {kind: server, service: s}}\ntenants: [{name: t, services: [s], contacts: [{email: a@b}]}]\n"
        "staff: {manager: [{email: a@b}], on_call: [{email: a@b}]}\nrelays: [{smtp: \"smtp://127.0.0.1\", from: a@b}]\nwatches:\n";
    const auto shown = [&](const std::string& watches, bool defaults) {
        return config::long_form_text(load(start + watches), defaults, "", kinds);
    };
    const std::string bare = "  - {asset: a, liveness: {target: \"https://a.example\"}}\n";
    const std::string comments =
        "      # method: GET  # default of http\n      # expect.status: 200-299  # default of http\n"
        "      # expect.depth: 64  # default of http\n";
    EXPECT_THAT(shown(bare, /*defaults=*/true), HasSubstr(comments));
    EXPECT_THAT(shown(bare, /*defaults=*/true), testing::Not(HasSubstr("tls.verify"))) << "of another scheme";
    EXPECT_TRUE(config::difference(load(start + bare), load(shown(bare, /*defaults=*/true))).empty());
    EXPECT_THAT(shown(bare, /*defaults=*/false), testing::Not(HasSubstr("#")));
    const auto given =
        shown("  - {asset: a, liveness: {target: \"https://a.example\", method: PUT, expect: {status: 200}}}\n", /*defaults=*/true);
    EXPECT_THAT(given, testing::Not(HasSubstr("# method")));
    EXPECT_THAT(given, testing::Not(HasSubstr("# expect.status")));
    EXPECT_THAT(given, HasSubstr("      # expect.depth: 64  # default of http\n"));
}

TEST(LongFormText, WithoutDefaultsIsWhatTheFilesSay) {
    const auto text = config::long_form_text(load("mode: rehearsal\n" + short_form), /*defaults=*/false, "");
    EXPECT_EQ(text,
              "mode: rehearsal\nservices:\n  default: {}\nassets:\n  default:\n    kind: application\n    service: default\n"
              "watches:\n  - asset: default\n    liveness:\n      target: https://a.example\n"
              "tenants:\n  - name: default\n    services:\n      - default\n    contacts:\n      - email: ops@a.example\n"
              "staff:\n  manager:\n    - email: ops@a.example\n  on_call:\n    - email: ops@a.example\n"
              "relays:\n  - smtp: smtp://127.0.0.1\n    from: hinomi@watch.example.jp\n");
}

TEST(LongFormText, FollowsTheIntervalWhereADefaultDoes) {
    const std::string text =
        "services: {s: {}}\nassets: {a: {kind: server, service: s}}\n"
        "watches: [{asset: a, performance: {target: \"tcp://127.0.0.1:1\", every: 2s, slower_than: 1s}}]\n"
        "tenants: [{name: t, services: [s], contacts: [{email: a@b}]}]\nstaff: {manager: [{email: a@b}], on_call: [{email: a@b}]}\n"
        "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b}]\n";
    const auto shown = config::long_form_text(load(text), /*defaults=*/true, "");
    EXPECT_THAT(shown, HasSubstr("timeout: 1600ms  # default, 1.1"));
    EXPECT_THAT(shown, HasSubstr("retry_after: 2s  # default, 1.1"));
    EXPECT_THAT(shown, HasSubstr("shortest: 5min  # default, 1.1"));
}

TEST(LongFormText, QuotesWhatWasQuotedAndWhatMustBe) {
    const auto text =
        config::long_form_text(load("provider: {name: \"a: \\\"b\\\" # c\", support: \"two\\nlines\"}\n" + short_form), false, "");
    EXPECT_THAT(text, HasSubstr("name: \"a: \\\"b\\\" # c\"\n"));
    EXPECT_THAT(text, HasSubstr("support: \"two\\nlines\"\n"));
}

TEST(LongFormText, FindsATargetListFromAnywhere) {
    const std::string text =
        "services: {s: {}}\nwatches: [{targets_from: list.json, kind: server, service: s, liveness: {target: \"https://{host}/\"}}]\n"
        "tenants: [{name: t, services: [s], contacts: [{email: a@b.example}]}]\nstaff: {manager: [{email: a@b.example}], on_call: [{email: "
        "a@b.example}]}\nrelays: [{smtp: \"smtp://127.0.0.1\", from: a@b.example}]\n";
    const auto read = [](const std::string&) -> std::expected<std::string, std::string> {
        return R"([{"asset": "a", "host": "h.example"}])";
    };
    const auto loaded = [&](const std::string& name) {
        config::Problems problems;
        return *config::load({{name, text}}, "h", fakes::describe_target, problems, {}, read);
    };
    const auto relative = loaded("etc/hinomi.yaml");
    EXPECT_THAT(config::long_form_text(relative, /*defaults=*/false, "/srv"), HasSubstr("targets_from: /srv/etc/list.json\n"));
    const auto absolute = loaded("/srv/etc/hinomi.yaml");
    EXPECT_THAT(config::long_form_text(absolute, /*defaults=*/false, "/elsewhere"), HasSubstr("targets_from: /srv/etc/list.json\n"));
    EXPECT_THAT(config::value_changes(absolute.root, relative.root, "/srv"), testing::IsEmpty());
}

TEST(ValueChanges, NameTheirPathBothValuesAndThePlace) {
    const auto before = load(short_form);
    auto text = config::long_form_text(before, /*defaults=*/false, "");
    text.replace(text.find("https://a.example"), 17, "https://b.example\n      every: 30s");
    text += "mode: rehearsal\n";
    text.replace(text.find("      - email"), 0, "      - email: second@a.example\n");
    const auto changes = config::value_changes(before.root, load(text).root, "");
    std::vector<std::string> lines;
    for (const auto& change : changes) {
        lines.push_back(change.path + " " + change.before + " " + change.after + " " + config::describe(change.position));
    }
    EXPECT_THAT(lines,
                testing::UnorderedElementsAre("watches[default].liveness.target \"https://a.example\" \"https://b.example\" a.yaml:10:15",
                                              "watches[default].liveness.every  \"30s\" a.yaml:11:14",
                                              "tenants[default].contacts[second@a.example]  {\"email\":\"second@a.example\"} a.yaml:17:9",
                                              "mode  \"rehearsal\" a.yaml:27:7"));
    const auto back = config::value_changes(load(text).root, before.root, "");
    EXPECT_EQ(back.size(), 4U);
}

} // namespace

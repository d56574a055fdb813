#include "config/difference.hpp"

#include "tests/config/fake_describe_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string before =
    "services: {portal: {}, billing: {}}\n"
    "assets: {web: {kind: application, service: portal}, db: {kind: storage, service: portal}}\n"
    "watches:\n"
    "  - {asset: web, liveness: {target: \"https://a.example/\"}, fault: {target: \"https://a.example/check\", expect: {status: 200}}}\n"
    "  - {asset: db, liveness: {target: \"tcp://db.example:5432\"}}\n"
    "tenants: [{name: acme, services: [portal], contacts: [{email: it@acme.example}]}, {name: bolt, services: [billing], contacts: "
    "[{email: b@b.jp}]}]\n"
    "staff: {manager: [{email: m@a.example}], on_call: [{email: o@a.example}]}\n"
    "relays: [{smtp: \"smtps://r1.example\", from: s@a.example}, {smtp: \"smtps://r2.example\", from: s@a.example}]\n";

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return text.replace(place, from.size(), to);
}

config::Settings load(const std::string& text) {
    config::Problems problems;
    auto settings = config::load({{"a.yaml", text}}, "h.example", fakes::describe_target, problems);
    for (const auto& problem : problems) {
        if (!problem.warning) ADD_FAILURE() << config::describe(problem);
    }
    return settings.value_or(config::Settings{});
}

config::Difference from_before_to(const std::string& text) { return config::difference(load(before), load(text)); }

TEST(Difference, OfTheSameConfigurationWrittenOtherwiseIsEmpty) {
    const auto text = changed("# moved\n\n" + before, "{status: 200}", "{\"status\": 200}");
    EXPECT_TRUE(from_before_to(text).empty()) << describe(from_before_to(text), 10);
    EXPECT_EQ(config::describe(from_before_to(text), 10), "");
}

TEST(Difference, NamesWatchesAddedRemovedAndChanged) {
    auto text = changed(before, "  - {asset: db, liveness: {target: \"tcp://db.example:5432\"}}\n",
                        "  - {asset: db, fault: {target: \"tcp://db.example:5432\"}}\n");
    text = changed(text, "{status: 200}", "{status: 204}");
    const auto found = from_before_to(text);
    EXPECT_THAT(found.watches.added, ElementsAre("db/fault"));
    EXPECT_THAT(found.watches.removed, ElementsAre("db/liveness"));
    EXPECT_THAT(found.watches.changed, ElementsAre("web/fault"));
    EXPECT_THAT(found.sections, IsEmpty());
    EXPECT_EQ(config::describe(found, 10), "watches: 1 added, 1 removed, 1 changed (+db/fault, -db/liveness, ~web/fault)\n");
}

TEST(Difference, TakesARenamedAssetsWatchesForTheSame) {
    auto text = changed(before, "db: {kind: storage, service: portal}", "store: {kind: storage, service: portal, was: db}");
    text = changed(text, "asset: db", "asset: store");
    const auto found = from_before_to(text);
    EXPECT_TRUE(found.watches.empty());
    EXPECT_THAT(found.renamed, ElementsAre(config::Renaming{.old_id = "db/liveness", .new_id = "store/liveness"}));
    EXPECT_THAT(found.assets.added, ElementsAre("store"));
    const auto moved = from_before_to(changed(text, "tcp://db.example:5432", "tcp://db2.example:5432"));
    EXPECT_THAT(moved.watches.changed, ElementsAre("store/liveness"));
    EXPECT_THAT(moved.renamed.size(), 1U);
}

TEST(Difference, OfARenamingThatIsDoneIsEmpty) {
    auto text = changed(before, "db: {kind: storage, service: portal}", "store: {kind: storage, service: portal, was: db}");
    text = changed(text, "asset: db", "asset: store");
    const auto without = changed(text, ", was: db", "");
    EXPECT_TRUE(config::difference(load(text), load(without)).empty());
}

TEST(Difference, NamesPeopleAndRelays) {
    auto text = changed(before, "it@acme.example", "help@acme.example");
    text = changed(text, "services: [billing]", "services: [billing, portal]");
    text = changed(text, "{smtp: \"smtps://r1.example\", from: s@a.example}",
                   "{smtp: \"smtps://r1.example\", from: s@a.example, send_rate: 5/s}");
    text = changed(text, "{email: o@a.example}", "{webhook: {url: \"https://o.example/\", secret: \"env:A\"}}");
    const auto found = from_before_to(text);
    EXPECT_THAT(found.contacts.added, ElementsAre("on_call https://o.example/", "tenant:acme help@acme.example"));
    EXPECT_THAT(found.contacts.removed, ElementsAre("on_call o@a.example", "tenant:acme it@acme.example"));
    EXPECT_THAT(found.tenants.changed, ElementsAre("bolt"));
    EXPECT_THAT(found.relays.changed, ElementsAre("r1.example:465"));
    EXPECT_TRUE(found.watches.empty());
    const auto secret = config::difference(load(text), load(changed(text, "env:A", "env:B")));
    EXPECT_THAT(secret.contacts.changed, ElementsAre("on_call https://o.example/"));
}

TEST(Difference, NamesTheSectionsAndWhatWaitsForAStart) {
    const auto found = from_before_to("duties: {first_alert: 10min}\nmetrics: {listen: none}\nmode: rehearsal\n" + before);
    EXPECT_THAT(found.sections, ElementsAre("mode", "duties", "metrics"));
    EXPECT_THAT(found.restart, ElementsAre("metrics"));
    const auto order = from_before_to(changed(changed(changed(before, "r1", "r3"), "r2", "r1"), "r3", "r2"));
    EXPECT_THAT(order.sections, ElementsAre("relays"));
    EXPECT_TRUE(order.relays.empty());
}

TEST(Difference, SaysOfWhatTakesEffectAtOnceThatItDoesNotWait) {
    const std::string listener =
        "administration: {listen: \"127.0.0.1:9471\", certificate_file: /c, key: \"file:/k\", client_ca_file: /a, ";
    const struct {
        std::string running;
        std::string next;
        std::string section;
        bool waits;
    } rows[] = {
        {"", "control: {viewer: staff}\n", "control", false},
        {"control: {viewer: staff}\n", "", "control", false},
        {"", "references: [192.0.2.53]\n", "references", false},
        {"", "outbox: {round_every: 10min}\n", "outbox", false},
        {"", "heartbeat_out: {url: \"https://w.example/ping\"}\n", "heartbeat_out", false},
        {"", listener + "admin: [sato]}\n", "administration", true},
        {listener + "admin: [sato, ito]}\n", listener + "admin: [sato], viewer: [ito]}\n", "administration", false},
        {listener + "admin: [sato]}\n", "", "administration", true},
        {"", "retention: {usage: 200d}\n", "retention", false},
        {"", "schedule: {lanes: 2}\n", "schedule", true},
    };
    for (const auto& row : rows) {
        const auto found = config::difference(load(row.running + before), load(row.next + before));
        EXPECT_THAT(found.sections, ElementsAre(row.section)) << row.next;
        EXPECT_EQ(found.restart.size(), row.waits ? 1U : 0U) << row.next;
    }
}

TEST(Difference, SeesServicesAndLines) {
    const auto found = from_before_to("lines: [{name: a, targets: [\"tcp://192.0.2.1:1\", \"tcp://192.0.2.2:1\"]}]\n" +
                                      changed(before, "portal: {}", "portal: {hours: {daily: \"08:00-20:00\"}}"));
    EXPECT_THAT(found.lines.added, ElementsAre("a"));
    EXPECT_THAT(found.services.changed, ElementsAre("portal"));
    EXPECT_FALSE(found.empty());
}

TEST(Difference, OfALongListNamesItsWatchesAndNotTheirAssets) {
    const auto with_list = [](const std::string& list) {
        config::Problems problems;
        const std::string many =
            "watches: [{targets_from: l.json, kind: application, service: portal, liveness: {target: \"https://{host}/\"}}]";
        const auto read = [&](const std::string&) -> std::expected<std::string, std::string> { return list; };
        auto settings =
            config::load({{"a.yaml", before}, {"conf.d/b.yaml", many}}, "h.example", fakes::describe_target, problems, nullptr, read);
        return settings.value_or(config::Settings{});
    };
    const auto running = with_list(R"([{"asset": "s1", "host": "s1.example"}, {"asset": "s2", "host": "s2.example"}])");
    ASSERT_TRUE(running.assets.at("s1").from_list);
    EXPECT_FALSE(running.assets.at("web").from_list);
    const auto difference =
        config::difference(running, with_list(R"([{"asset": "s2", "host": "other.example"}, {"asset": "s3", "host": "s3.example"}])"));
    EXPECT_THAT(difference.watches.added, ElementsAre("s3/liveness"));
    EXPECT_THAT(difference.watches.changed, ElementsAre("s2/liveness"));
    EXPECT_THAT(difference.watches.removed, ElementsAre("s1/liveness"));
    EXPECT_TRUE(difference.assets.empty());
}

TEST(Difference, OfTextsIsByName) {
    const auto found = config::changes_of({{"ja/a", "1"}, {"ja/b", "2"}}, {{"ja/b", "3"}, {"ja/c", "4"}});
    EXPECT_THAT(found.added, ElementsAre("ja/c"));
    EXPECT_THAT(found.removed, ElementsAre("ja/a"));
    EXPECT_THAT(found.changed, ElementsAre("ja/b"));
}

TEST(Difference, WritesOutNoMoreNamesThanAsked) {
    config::Difference difference;
    difference.watches.added = {"a", "b", "c"};
    EXPECT_EQ(config::describe(difference, 2), "watches: 3 added, 0 removed, 0 changed (+a, +b, +... 1 more)\n");
}

} // namespace

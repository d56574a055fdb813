#include "config/target_list.hpp"

#include "config/settings.hpp"
#include "tests/config/fake_describe_target.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using config::Problems;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> described(const Problems& problems) {
    std::vector<std::string> lines;
    for (const auto& problem : problems) lines.push_back(config::describe(problem));
    return lines;
}

TEST(TargetList, HoldsWordsOfEachEntryWithItsPlace) {
    Problems problems;
    const auto entries = config::parse_targets(
        "[{\"asset\": \"a\", \"host\": \"日本\"},\n  {\"asset\": \"b\", \"port\": 80, \"on\": true}]", "t.json", problems);
    EXPECT_THAT(described(problems), IsEmpty());
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(config::describe(entries[0].position), "t.json:1:2");
    EXPECT_EQ(config::describe(entries[1].position), "t.json:2:3");
    EXPECT_EQ(*entries[1].find("port"), "80");
    EXPECT_EQ(*entries[1].find("on"), "true");
    EXPECT_EQ(entries[1].find("host"), nullptr);
}

TEST(TargetList, WithoutSenseIsRefusedWithItsPlace) {
    const std::string form = "Write [{\"asset\": \"NAME\", \"host\": \"...\"}, ...]";
    const struct {
        std::string text;
        std::string expected;
    } rows[] = {
        {"", "t.json:1:1: error: this is not JSON. " + form},
        {"[\n {\"asset\": \"a\",}]", "t.json:2:16: error: this is not JSON. " + form},
        {"{}", "t.json:1:1: error: the file is no list. " + form},
        {"[[]]", "t.json:1:2: error: there is a list inside the list. " + form},
        {"[{\"asset\": {}}]", "t.json:1:12: error: there is an object inside an entry. " + form},
        {"[{\"asset\": null}]", "t.json:1:15: error: null is no word. " + form},
        {"[\"a\"]", "t.json:1:4: error: there is a value outside an entry. " + form},
        {"[{\"host\": \"a\"}]", "t.json:1:2: error: the entry has no asset. Add \"asset\": \"NAME\""},
        {"[{\"asset\": \"a\", \"asset\": \"b\"}]", "t.json:1:23: error: the word \"asset\" is given twice. Keep one of the two"},
    };
    for (const auto& row : rows) {
        Problems problems;
        config::parse_targets(row.text, "t.json", problems);
        EXPECT_THAT(described(problems), ElementsAre(row.expected)) << row.text;
    }
}

TEST(TargetList, WordsStandForThemselvesInThePattern) {
    EXPECT_THAT(config::placeholders("https://{host}:{port}/{host}?{\"a\": {}}"), ElementsAre("host", "port"));
    Problems problems;
    const auto pattern = config::parse(
        "{target: \"https://{host}/\", every: 30s, expect: {body_contains: \"{\\\"asset\\\": \\\"{asset}\\\"}\"}}", "a.yaml", problems);
    const auto entries = config::parse_targets("[{\"asset\": \"a\", \"host\": \"a.example\"}]", "t.json", problems);
    ASSERT_EQ(entries.size(), 1U);
    const auto filled = config::fill(pattern, entries[0], problems);
    EXPECT_THAT(described(problems), IsEmpty());
    ASSERT_TRUE(filled);
    const auto& block = *filled;
    EXPECT_EQ(block.get("target").scalar(), "https://a.example/");
    EXPECT_EQ(config::describe(block.get("target").position()), "t.json:1:2");
    EXPECT_EQ(block.get("expect").get("body_contains").scalar(), "{\"asset\": \"a\"}");
    EXPECT_EQ(config::describe(block.get("every").position()), "a.yaml:1:36");
}

struct Loaded {
    Problems problems;
    std::optional<config::Settings> settings;
    std::string asked;

    Loaded(const std::string& watches, const std::string& list) {
        const std::string text =
            "services: {shops: {}}\nassets: {shop-1: {kind: server, service: shops}}\nwatches:\n" + watches +
            "tenants: [{name: t, services: [shops], contacts: [{email: a@b}]}]\nstaff: {manager: [{email: a@b}], on_call: [{email: a@b}]}\n"
            "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b}]\n";
        const auto read = [&](const std::string& path) -> std::expected<std::string, std::string> {
            asked = path;
            if (list.empty()) return std::unexpected("No such file or directory");
            return list;
        };
        settings = config::load({{"etc/hinomi.yaml", text}}, "h", fakes::describe_target, problems, {}, read);
    }
};

const std::string pattern =
    "  - targets_from: shops.json\n    kind: application\n    service: shops\n    liveness: {target: \"https://{host}/\", every: 30s}\n"
    "    fault: [{name: \"{check}\", target: \"https://{host}/{check}\"}]\n";

TEST(TargetsFrom, DeclaresAnAssetAndItsWatchesForEachEntry) {
    const Loaded loaded(pattern,
                        "[{\"asset\": \"shop-1\", \"host\": \"a.example\", \"check\": \"x\"}, {\"asset\": \"shop-2\", \"host\": "
                        "\"b.example\", \"check\": \"y\"}]");
    EXPECT_THAT(described(loaded.problems), IsEmpty());
    ASSERT_TRUE(loaded.settings);
    EXPECT_EQ(loaded.asked, "etc/shops.json");
    std::vector<std::string> ids;
    for (const auto& declared : loaded.settings->watches) ids.push_back(declared.watch.id + " " + declared.watch.target);
    EXPECT_THAT(ids, ElementsAre("shop-1/liveness https://a.example/", "shop-1/fault/x https://a.example/x",
                                 "shop-2/liveness https://b.example/", "shop-2/fault/y https://b.example/y"));
    EXPECT_EQ(loaded.settings->assets.at("shop-1").kind, "server");
    EXPECT_EQ(loaded.settings->assets.at("shop-2").kind, "application");
    EXPECT_THAT(*loaded.settings->watches[3].watch.services, ElementsAre("shops"));
}

TEST(TargetsFrom, TellsWhatIsWrongAtTheEntry) {
    const Loaded loaded(
        pattern,
        "[{\"asset\": \"shop-2\", \"host\": \"b example\", \"check\": \"x\"},\n {\"asset\": \"shop-3\", \"host\": \"c.example\"},\n"
        " {\"asset\": \"shop 4\", \"host\": \"d.example\", \"check\": \"x\"}]");
    EXPECT_FALSE(loaded.settings);
    const auto at_the_second = [&] {
        std::vector<std::string> lines = described(loaded.problems);
        std::erase_if(lines, [](const std::string& line) { return !line.starts_with("etc/shops.json:2:"); });
        return lines;
    };
    EXPECT_THAT(at_the_second(), ElementsAre("etc/shops.json:2:2: error: the entry has no \"check\", which the pattern at "
                                             "etc/hinomi.yaml:8:20 needs. Add \"check\": \"...\""))
        << "once, and nothing that only follows from it";
    EXPECT_THAT(described(loaded.problems), testing::Contains(testing::StartsWith("etc/shops.json:1:2: error: ")));
    EXPECT_THAT(described(loaded.problems),
                testing::Contains(testing::StartsWith("etc/shops.json:3:2: error: \"shop 4\" cannot be a name")));
}

TEST(TargetsFrom, AnAssetThatIsListedTwiceIsToldWhereItIsListed) {
    const Loaded loaded(pattern,
                        "[{\"asset\": \"shop-1\", \"host\": \"a.example\", \"check\": \"x\"},\n {\"asset\": \"shop-1\", \"host\": "
                        "\"b.example\", \"check\": \"x\"}]");
    EXPECT_THAT(
        described(loaded.problems),
        testing::Contains("etc/shops.json:2:2: error: the watch \"shop-1/liveness\" is declared twice; first at etc/shops.json:1:2. "
                          "Name each asset once, in the list and outside it"));
}

TEST(TargetsFrom, ThatCannotBeReadOrIsMixedIsRefused) {
    const Loaded missing(pattern, "");
    EXPECT_THAT(described(missing.problems),
                ElementsAre("etc/hinomi.yaml:4:19: error: \"etc/shops.json\" cannot be read: No such file or directory. Check "
                            "the path and the permissions"));
    const Loaded mixed(
        "  - {targets_from: s.json, asset: shop-1, kind: servr}\n  - {asset: shop-1, kind: server, liveness: {target: "
        "\"tcp://a.example:1\"}}\n",
        "[]");
    EXPECT_THAT(
        described(mixed.problems),
        ElementsAre(
            "etc/hinomi.yaml:4:5: error: targets_from serves no service. Add service: NAME or services: [NAMES]",
            "etc/hinomi.yaml:4:5: error: targets_from has no class. Add liveness, fault or performance",
            "etc/hinomi.yaml:4:28: error: asset and targets_from are both given. Remove asset: each entry of the file names its own",
            "etc/hinomi.yaml:4:49: error: \"servr\" is not known here. Did you mean \"server\"?",
            "etc/hinomi.yaml:5:21: error: kind belongs to targets_from. Write it under the asset"));
}

TEST(TargetsFrom, ChangesTheDigestWithTheList) {
    const Loaded one(pattern, "[{\"asset\": \"a\", \"host\": \"a.example\", \"check\": \"x\"}]");
    const Loaded other(pattern, "[{\"asset\": \"a\", \"host\": \"b.example\", \"check\": \"x\"}]");
    EXPECT_NE(one.settings->sha256_source, other.settings->sha256_source);
}

TEST(TargetsFrom, TakesVeryManyEntries) {
    std::string list = "[";
    for (int index = 0; index < 20'000; ++index) {
        list += fmt::format("{}{{\"asset\": \"shop-{}\", \"host\": \"shop{}.example\", \"check\": \"x\"}}", index == 0 ? "" : ",\n", index,
                            index);
    }
    const Loaded loaded(pattern, list + "]");
    EXPECT_THAT(described(loaded.problems), IsEmpty());
    ASSERT_TRUE(loaded.settings);
    EXPECT_EQ(loaded.settings->watches.size(), 40'000U);
}

} // namespace

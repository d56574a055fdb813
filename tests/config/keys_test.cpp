#include "config/keys.hpp"
#include "config/built_in.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using config::Mark;
using testing::ElementsAre;

/// The section that a form opens; empty when it opens none.
std::string opened_by(std::string_view form) {
    for (const std::string_view opener : {"map:", "list:", "named:"}) {
        if (form.starts_with(opener)) return std::string(form.substr(opener.size()));
    }
    return {};
}

TEST(KeyTable, HasEachKeyOnceAndSaysSomethingOfIt) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const auto& key : config::keys()) {
        EXPECT_TRUE(seen.emplace(key.section, key.name).second) << key.section << '.' << key.name;
        EXPECT_FALSE(key.says.empty() || key.source.empty() || key.form.empty()) << key.section << '.' << key.name;
    }
    EXPECT_GT(seen.size(), 130U);
}

TEST(KeyTable, OpensEverySectionItHasAndNoOther) {
    const auto all = config::sections();
    const std::set<std::string> known(all.begin(), all.end());
    std::set<std::string> opened{"root", "limit", "block"};  // limit and block are opened by forms of their own
    for (const auto& key : config::keys()) {
        for (const auto form : config::forms_of(key)) {
            if (const auto section = opened_by(form); !section.empty()) opened.insert(section);
        }
    }
    EXPECT_EQ(opened, known);
}

TEST(KeyTable, GivesADefaultExactlyWhereTheMarkSaysSo) {
    for (const auto& key : config::keys()) {
        const bool has_default = key.mark == Mark::guideline || key.mark == Mark::product;
        EXPECT_EQ(has_default, !key.fallback.empty()) << key.section << '.' << key.name;
    }
}

TEST(Defaults, ThatAKeyChangesAreTheSameInTheTableAndInTheList) {
    config::Problems problems;
    const auto root = config::parse(config::built_in_defaults_text(), "defaults.yaml", problems);
    ASSERT_TRUE(problems.empty()) << config::describe(problems.front());
    std::set<std::string> listed;
    for (const auto& entry : root.get("defaults").items()) {
        const auto name = entry.get("name").scalar();
        EXPECT_FALSE(name.empty() || entry.get("value").scalar().empty() || entry.get("section").scalar().empty()) << name;
        EXPECT_THAT(entry.get("mark").scalar(), testing::AnyOf("P", "default")) << name;
        const auto& key = entry.get("key").scalar();
        if (key.empty()) continue;
        EXPECT_TRUE(listed.insert(key).second) << key;
        const auto* row = config::find_key(key.substr(0, key.find('.')), key.substr(key.find('.') + 1));
        ASSERT_NE(row, nullptr) << key;
        EXPECT_EQ(row->fallback, entry.get("value").scalar()) << key;
    }
    EXPECT_GE(root.get("defaults").items().size(), 50U);
    // Whatever the table has from the semantics' sections on clocks, duties and sending is in the list.
    for (const auto& key : config::keys()) {
        const bool of_the_rules = key.source == "1.1" || key.source == "1.2" || key.source == "1.3" || key.source == "1.4";
        const bool elsewhere = key.section == "role" || key.section == "relay" || key.section == "maintenance";
        if (key.mark != Mark::product || !of_the_rules || elsewhere) continue;
        EXPECT_TRUE(listed.contains(std::string(key.section) + "." + std::string(key.name))) << key.section << '.' << key.name;
    }
}

TEST(KeyTable, KnowsKeysByTheirSection) {
    EXPECT_THAT(config::keys_of("window"), ElementsAre("shortest", "samples", "retry_after"));
    EXPECT_EQ(config::find_key("confirm", "shortest"), nullptr);
    ASSERT_NE(config::find_key("duties", "grouping"), nullptr);
    EXPECT_EQ(config::find_key("duties", "grouping")->fallback, "15s");
    EXPECT_THAT(config::forms_of(*config::find_key("metrics", "listen")), ElementsAre("word:none", "listen"));
}

} // namespace

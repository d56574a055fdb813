#include "config/keys.hpp"

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

TEST(KeyTable, KnowsKeysByTheirSection) {
    EXPECT_THAT(config::keys_of("window"), ElementsAre("shortest", "samples", "retry_after"));
    EXPECT_EQ(config::find_key("confirm", "shortest"), nullptr);
    ASSERT_NE(config::find_key("duties", "grouping"), nullptr);
    EXPECT_EQ(config::find_key("duties", "grouping")->fallback, "15s");
    EXPECT_THAT(config::forms_of(*config::find_key("metrics", "listen")), ElementsAre("word:none", "listen"));
}

} // namespace

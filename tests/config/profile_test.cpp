#include "config/profile.hpp"
#include "config/built_in.hpp"
#include "config/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

using config::Problems;
using model::Milliseconds;

TEST(BuiltInProfile, IsReadWithoutAProblem) {
    Problems problems;
    const auto profile = config::read_profile(config::built_in_profile_text(), "profile", problems);
    for (const auto& problem : problems) ADD_FAILURE() << config::describe(problem);
    EXPECT_EQ(profile.name, "mic2008-pattern1");
}

TEST(BuiltInProfile, HoldsTheWholeChecklist) {
    const auto& items = config::built_in_profile().items;
    EXPECT_EQ(items.size(), 59U);
    const auto count = [&](auto fits) { return std::ranges::count_if(items, fits); };
    EXPECT_EQ(count([](const auto& item) { return item.must; }), 8);
    EXPECT_EQ(count([](const auto& item) { return item.basic; }), 37);
    EXPECT_EQ(count([](const auto& item) { return !item.comparison.empty(); }), 37);
    EXPECT_EQ(count([](const auto& item) { return item.mode == "automatic"; }), 29);
    EXPECT_EQ(count([](const auto& item) { return item.mode == "semi-automatic"; }), 12);
    EXPECT_EQ(count([](const auto& item) { return item.mode == "attested"; }), 18);
    for (const auto& item : items) {
        EXPECT_FALSE(item.title_ja.empty() || item.title_en.empty() || item.requirement.empty() || item.demands.empty()) << item.id;
        EXPECT_EQ(item.comparison.empty(), item.value.empty()) << item.id;
    }
}

TEST(BuiltInProfile, HoldsTheLimitsThatTheGuidelinePrints) {
    const config::LimitReader limits(config::built_in_profile());
    EXPECT_EQ(limits.limit("III.1.1.1 a"), Milliseconds{300'000});
    EXPECT_EQ(limits.limit("III.1.1.1 b"), Milliseconds{1'200'000});
    EXPECT_EQ(limits.limit("III.1.1.2 a"), Milliseconds{600'000});
    EXPECT_EQ(limits.limit("III.1.1.3 a"), Milliseconds{600'000});
    EXPECT_EQ(limits.limit("III.1.1.8"), Milliseconds{3'600'000});
    EXPECT_EQ(limits.limit("III.3.2.5"), Milliseconds{3'600'000});
    EXPECT_EQ(limits.limit("III.2.1.3 a"), Milliseconds{92LL * 86'400'000});
    EXPECT_EQ(limits.limit("III.2.1.3 b"), Milliseconds{1'827LL * 86'400'000});
    EXPECT_EQ(config::built_in_profile().find("III.2.1.1")->number, "99.5");
    EXPECT_EQ(config::built_in_profile().find("III.2.3.1 b")->number, "5");
    EXPECT_EQ(config::built_in_profile().find("III.9"), nullptr);
}

} // namespace

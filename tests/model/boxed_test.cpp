#include "model/boxed.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using model::Boxed;

TEST(Boxed, IsAsSmallAsAPointerAndEmptyAtFirst) {
    const Boxed<std::string> none;
    EXPECT_FALSE(none);
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(sizeof(none), sizeof(void*));
}

TEST(Boxed, ACopyIsAValueOfItsOwn) {
    Boxed<std::string> one(std::string("first"));
    Boxed<std::string> other = one;
    *other += " and more";
    EXPECT_EQ(*one, "first");
    EXPECT_EQ(other->size(), 14U);
    one = other;
    other.reset();
    ASSERT_TRUE(one);
    EXPECT_EQ(*one, "first and more");
    EXPECT_FALSE(other);
    one = other;
    EXPECT_FALSE(one);
}

TEST(Boxed, WhatItHoldsCanBeReplacedAndTaken) {
    Boxed<std::string> box;
    box = std::string("a");
    box = std::string("b");
    auto& same = box;
    box = same;
    const auto taken = std::move(box);
    EXPECT_EQ(*taken, "b");
}

} // namespace

#include "model/shared.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace model {
namespace {

TEST(Shared, HasAValueFromTheBeginning) {
    const Shared<std::string> nothing_given;
    EXPECT_TRUE(nothing_given->empty());
    EXPECT_EQ(nothing_given, Shared<std::string>(""));
}

TEST(Shared, ComparesByValueWhoeverHoldsIt) {
    const Shared<std::string> one(std::string("mail"));
    const Shared<std::string> same(std::string("mail"));
    EXPECT_NE(&*one, &*same);
    EXPECT_EQ(one, same);
    EXPECT_NE(one, Shared<std::string>(std::string("portal")));
}

TEST(Shared, ChangesForOneHolderOnly) {
    Shared<std::string> mine(std::string("mail"));
    const auto theirs = mine;
    EXPECT_EQ(&*mine, &*theirs);
    mine.edit() += "box";
    EXPECT_EQ(*mine, "mailbox");
    EXPECT_EQ(*theirs, "mail");
}

TEST(Shared, HasAValueAfterItWasMovedFrom) {
    Shared<std::string> from(std::string("mail"));
    const auto into = std::move(from);  // NOLINT(performance-move-const-arg)
    EXPECT_EQ(*into, "mail");
    EXPECT_EQ(*from, "mail");  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
}

TEST(SharedPool, MakesEqualValuesOne) {
    SharedPool<std::string> pool;
    const auto first = pool.one_of("mail");
    const auto other = pool.one_of("portal");
    const auto again = pool.one_of("mail");
    EXPECT_EQ(&*first, &*again);
    EXPECT_NE(&*first, &*other);
    EXPECT_EQ(*again, "mail");
}

} // namespace
} // namespace model

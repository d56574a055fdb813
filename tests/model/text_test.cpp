#include "model/text.hpp"

#include <gtest/gtest.h>

namespace {

TEST(CutBytes, NeverEndsInsideACharacter) {
    EXPECT_EQ(model::cut_bytes("日本", 6), "日本");
    EXPECT_EQ(model::cut_bytes("日本", 5), "日");
    EXPECT_EQ(model::cut_bytes("日本", 2), "");
}

} // namespace

#include "reports/intervals.hpp"

#include <gtest/gtest.h>

#include <bitset>
#include <cstdint>

namespace {

using reports::Interval;
using reports::IntervalSet;

model::WallTime at(std::int64_t milliseconds) { return model::WallTime{model::Milliseconds{milliseconds}}; }
Interval span(std::int64_t from, std::int64_t to) { return {at(from), at(to)}; }

TEST(IntervalSet, UnitesWhatOverlapsOrTouches) {
    EXPECT_EQ((IntervalSet{span(0, 10), span(10, 20)}), (IntervalSet{span(0, 20)}));
    EXPECT_EQ((IntervalSet{span(0, 10), span(30, 40), span(5, 35)}), (IntervalSet{span(0, 40)}));
    EXPECT_EQ((IntervalSet{span(30, 40), span(0, 10)}).intervals().size(), 2U);
    EXPECT_TRUE((IntervalSet{span(5, 5), span(7, 6)}).empty());
}

TEST(IntervalSet, ContainsItsBeginningAndNotItsEnd) {
    const IntervalSet set{span(10, 20), span(30, 40)};
    EXPECT_FALSE(set.contains(at(9)));
    EXPECT_TRUE(set.contains(at(10)));
    EXPECT_FALSE(set.contains(at(20)));
    EXPECT_TRUE(set.contains(at(39)));
}

TEST(IntervalSet, CutsWhatHasNoEnd) {
    const IntervalSet set{{Interval::always, at(5)}, {at(90), Interval::forever}};
    EXPECT_EQ(set.intersected(span(0, 100)), (IntervalSet{span(0, 5), span(90, 100)}));
    EXPECT_EQ((IntervalSet{span(0, 100)}).without(set), (IntervalSet{span(5, 90)}));
}

TEST(IntervalSet, ForgetsThePast) {
    IntervalSet set{span(0, 10), span(20, 40)};
    set.forget_before(at(30));
    EXPECT_EQ(set, (IntervalSet{span(30, 40)}));
}

/// The same operations on a bit per millisecond.
using Bits = std::bitset<64>;

Bits bits_of(const IntervalSet& set) {
    Bits bits;
    for (std::int64_t time = 0; time < 64; ++time) bits[static_cast<std::size_t>(time)] = set.contains(at(time));
    return bits;
}

class Noise {
public:
    explicit Noise(std::uint64_t seed) : state_(seed) {}
    std::int64_t below(std::int64_t limit) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(limit));
    }

private:
    std::uint64_t state_;
};

TEST(IntervalSet, AgreesWithABitPerMillisecond) {
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        Noise noise(seed);
        IntervalSet left;
        IntervalSet right;
        Bits left_bits;
        for (int count = 0; count < 8; ++count) {
            const auto from = noise.below(60);
            const auto to = from + noise.below(12);
            auto& set = noise.below(2) == 0 ? left : right;
            set.add(span(from, std::min<std::int64_t>(to, 64)));
            if (&set != &left) continue;
            for (auto time = from; time < std::min<std::int64_t>(to, 64); ++time) left_bits.set(static_cast<std::size_t>(time));
        }
        ASSERT_EQ(bits_of(left), left_bits) << "seed " << seed;
        ASSERT_EQ(left.length().count(), static_cast<std::int64_t>(left_bits.count())) << "seed " << seed;
        ASSERT_EQ(bits_of(left.without(right)), left_bits & ~bits_of(right)) << "seed " << seed;
        ASSERT_EQ(bits_of(left.intersected(right)), left_bits & bits_of(right)) << "seed " << seed;
        auto both = left;
        both.add(right);
        ASSERT_EQ(bits_of(both), left_bits | bits_of(right)) << "seed " << seed;
        for (const auto* set : {&left, &both}) {
            for (std::size_t index = 1; index < set->intervals().size(); ++index)
                ASSERT_LT(set->intervals()[index - 1].to, set->intervals()[index].from) << "seed " << seed;
        }
    }
}

} // namespace

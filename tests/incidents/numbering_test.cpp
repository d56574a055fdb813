#include "incidents/numbering.hpp"

#include <gtest/gtest.h>

namespace incidents {
namespace {

TEST(NumberSeries, counts_from_one_on_every_new_date) {
    NumberSeries series("INC");
    EXPECT_EQ(series.next("20261123"), "INC-20261123-01");
    series.count("INC-20261123-01");
    EXPECT_EQ(series.next("20261123"), "INC-20261123-02");
    series.count("INC-20261123-99");
    EXPECT_EQ(series.next("20261123"), "INC-20261123-100");
    EXPECT_EQ(series.next("20261124"), "INC-20261124-01");
}

// after the wall clock had been a month ahead and was set right, a second INC-...-01 of the same day was told to customers
TEST(NumberSeries, on_a_date_before_the_latest_it_goes_on_from_the_highest_of_all) {
    NumberSeries series("INC");
    series.count("INC-20261123-07");
    series.count("INC-20261224-01");
    EXPECT_EQ(series.next("20261123"), "INC-20261123-08");
    EXPECT_EQ(series.next("20200101"), "INC-20200101-08");
    series.count("INC-20261123-08");
    EXPECT_EQ(series.next("20261123"), "INC-20261123-09");
    EXPECT_EQ(series.next("20261224"), "INC-20261224-02");
}

TEST(NumberSeries, depends_on_two_ids_at_most) {
    NumberSeries series("INC");
    series.count("INC-20261123-07");
    series.count("INC-20261124-01");
    series.count("INC-20261125-02");
    EXPECT_TRUE(series.needs("INC-20261123-07"));
    EXPECT_FALSE(series.needs("INC-20261124-01"));
    EXPECT_TRUE(series.needs("INC-20261125-02"));
}

TEST(NumberSeries, passes_over_what_is_not_its_own) {
    NumberSeries series("INC");
    for (const auto* id :
         {"", "INC", "INC-", "INC-20261123", "INC-20261123-", "INC-20261123-x", "INC-20261123-1x", "MNT-20261123-05", "INCX-20261123-05"})
        series.count(id);
    EXPECT_EQ(series.next("20261123"), "INC-20261123-01");
}

} // namespace
} // namespace incidents

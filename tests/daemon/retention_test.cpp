#include "daemon/retention.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const model::Instant start{model::WallTime{1'795'000'000'000ms}, 1'000'000ms, 0xb007};

model::Instant after(model::Milliseconds time) { return {start.wall + time, start.boot + time, start.boot_id}; }

TEST(Retention, says_what_is_over_by_class) {
    const Retention retention({.usage = days(92), .exceptions = days(1827)}, start);
    const auto over = retention.over(after(1h));
    ASSERT_TRUE(over);
    EXPECT_EQ(start.wall + 1h - days(92), over->usage_before);
    EXPECT_EQ(start.wall + 1h - days(1827), over->exception_before);
}

TEST(Retention, changes_with_the_configuration) {
    Retention retention({.usage = days(92), .exceptions = days(1827)}, start);
    retention.set_periods({.usage = days(200), .exceptions = days(1827)});
    EXPECT_EQ(start.wall + 2h - days(200), retention.over(after(2h))->usage_before);
}

TEST(Retention, erases_nothing_before_the_wall_clock_is_trusted) {
    Retention retention({.usage = days(92), .exceptions = days(1827)}, start);
    EXPECT_FALSE(retention.over(start));
    EXPECT_FALSE(retention.over(after(1h - 1ms)));
    EXPECT_TRUE(retention.over(after(1h)));
    auto wrong = after(2h);
    wrong.wall += days(3650);
    retention.stepped(wrong);
    EXPECT_FALSE(retention.over(wrong)) << "ten years ahead, everything would be over";
    EXPECT_FALSE(retention.over(after(3h - 1ms)));
    EXPECT_TRUE(retention.over(after(3h)));
}

TEST(Retention, without_periods_keeps_everything) {
    EXPECT_FALSE(Retention({}, start).over(after(days(10'000))));
    const auto over = Retention({.usage = days(92)}, start).over(after(1h));
    ASSERT_TRUE(over);
    EXPECT_EQ(model::WallTime{}, over->exception_before);
}

} // namespace
} // namespace hinomi

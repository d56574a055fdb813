#include "incidents/bound.hpp"

#include "tests/incidents/desk.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace incidents {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

BoundInput usual() {
    BoundInput input;
    input.mail_recipients = 1;
    input.send_rates = {unlimited, unlimited};
    return input;
}

TEST(Bound, the_default_watch_is_seen_within_a_minute_and_told_within_the_warning_line) {
    const auto result = bound(usual());
    EXPECT_EQ(result.seen, 66 * second);
    EXPECT_EQ(result.seen_limit, 300 * second);
    EXPECT_TRUE(result.seen_judged);
    // 2 x (10 + 5 + 1) + 2 cross-check + 15 grouping + 1 + 5 transaction
    EXPECT_EQ(result.told, 55 * second);
    EXPECT_EQ(result.told_one_hanging, 55 * second + 2 * 65 * second);
    EXPECT_FALSE(result.refused);
    EXPECT_FALSE(result.warned);
}

TEST(Bound, seen_over_the_interval_limit_is_refused_but_only_printed_for_performance) {
    auto input = usual();
    input.watch.interval = Milliseconds{296'000};
    EXPECT_TRUE(bound(input).refused);
    input.watch.interval = Milliseconds{294'000};
    EXPECT_FALSE(bound(input).refused);
    input.watch.watch_class = model::WatchClass::performance;
    input.watch.interval = Milliseconds{590'000};
    const auto slow = bound(input);
    EXPECT_FALSE(slow.seen_judged);
    EXPECT_GT(slow.seen, slow.seen_limit);
    EXPECT_FALSE(slow.refused);
}

TEST(Bound, passes_between_failures_stretch_confirmation_to_n_samples) {
    auto input = usual();
    input.watch.rules.edit().confirm_failures = 3;
    input.watch.rules.edit().confirm_window = 5;
    EXPECT_EQ(bound(input).told - bound(usual()).told, 2 * 16 * second);
}

TEST(Bound, a_performance_watch_waits_for_its_second_window_instead) {
    auto input = usual();
    input.watch.watch_class = model::WatchClass::performance;
    EXPECT_EQ(bound(input).told, 10 * 11 * second + 2 * second + 21 * second);
}

struct Queue {
    const char* what;
    std::uint32_t recipients;
    std::vector<double> rates;
    Milliseconds told;   ///< on top of the 50 s before the first transaction
};

TEST(Bound, recipients_wait_for_the_send_rate_and_for_slots) {
    const Queue queues[] = {
        {"nobody", 0, {unlimited}, Milliseconds{0}},
        {"a full house of slots", 8, {unlimited}, Milliseconds{5'000 + 4'375}},
        {"rate is the narrow place", 101, {1.0}, Milliseconds{105'000}},
        {"slots are the narrow place", 101, {1'000.0}, Milliseconds{5'000 + 62'500}},
    };
    for (const auto& queue : queues) {
        SCOPED_TRACE(queue.what);
        auto input = usual();
        input.mail_recipients = queue.recipients;
        input.send_rates = queue.rates;
        EXPECT_EQ(bound(input).told, 50 * second + queue.told);
        EXPECT_EQ(bound(input).told_one_hanging, Milliseconds{0}) << "not computable with one relay";
    }
}

TEST(Bound, with_the_first_relay_hanging_the_second_ones_rate_decides) {
    auto input = usual();
    input.mail_recipients = 201;
    input.send_rates = {unlimited, 0.5};
    const auto result = bound(input);
    EXPECT_EQ(result.told_one_hanging, 50 * second + 405 * second + 130 * second);
    EXPECT_FALSE(result.refused);
    EXPECT_TRUE(result.warned);
    input.mail_recipients = 301;
    EXPECT_TRUE(bound(input).refused);
}

TEST(Bound, mail_without_a_relay_is_refused) {
    auto input = usual();
    input.send_rates.clear();
    EXPECT_TRUE(bound(input).refused);
    input.mail_recipients = 0;
    input.webhook_recipients = 3;
    EXPECT_FALSE(bound(input).refused);
}

TEST(Bound, a_stop_concerns_the_services_of_every_watch_that_shares_one_with_it) {
    Desk desk;
    const auto only_a = desk.watch("a", model::WatchClass::liveness, {"a"});
    const auto a_and_b = desk.watch("ab", model::WatchClass::liveness, {"a", "b"});
    const auto b_and_c = desk.watch("bc", model::WatchClass::liveness, {"b", "c"});
    const auto only_d = desk.watch("d", model::WatchClass::liveness, {"d"});
    ServicesTold told;
    for (const auto& watch : {only_a, a_and_b, b_and_c, only_d}) told.add(watch);
    EXPECT_EQ(told.of(only_a), (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(told.of(a_and_b), (std::set<std::string>{"a", "b", "c"}));
    EXPECT_EQ(told.of(only_d), (std::set<std::string>{"d"}));
}

} // namespace
} // namespace incidents

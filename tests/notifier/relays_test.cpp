#include "notifier/relays.hpp"

#include "notifier/receivers.hpp"

#include <gtest/gtest.h>

namespace {

using model::Milliseconds;
using notifier::Relays;

notifier::Relay relay(const std::string& name, double send_rate = 0, std::uint32_t parallel = 2) {
    notifier::Relay made;
    made.server.name = name;
    made.send_rate = send_rate;
    made.parallel = parallel;
    return made;
}

std::string picked(const Relays& relays, std::int64_t now, const std::set<std::string>& tried = {}) {
    const auto pick = relays.pick(tried, Milliseconds{now});
    return pick.relay ? pick.relay->server.name : pick.exhausted ? "exhausted" : "wait";
}

constexpr Milliseconds suspect_for{30'000};

TEST(Relays, areUsedInTheirOrderUntilEachIsFull) {
    Relays relays({relay("r1"), relay("r2")}, suspect_for);
    EXPECT_EQ(picked(relays, 0), "r1");
    relays.begin("r1", Milliseconds{0});
    relays.begin("r1", Milliseconds{0});
    EXPECT_EQ(picked(relays, 0), "r2");
    EXPECT_EQ(picked(relays, 0, {"r2"}), "wait");
    EXPECT_EQ(picked(relays, 0, {"r1", "r2"}), "exhausted");
    relays.end("r1", Relays::End::answered, Milliseconds{10});
    EXPECT_EQ(picked(relays, 10), "r1");
}

TEST(Relays, thatFailedGoToTheEndAndAreTriedByOneAtATime) {
    Relays relays({relay("r1"), relay("r2")}, suspect_for);
    relays.begin("r1", Milliseconds{0});
    relays.end("r1", Relays::End::failed, Milliseconds{1'000});
    EXPECT_EQ(picked(relays, 1'000), "r2");
    EXPECT_EQ(picked(relays, 1'000, {"r2"}), "r1");
    relays.begin("r1", Milliseconds{1'000});
    EXPECT_EQ(picked(relays, 1'000, {"r2"}), "wait");
    EXPECT_EQ(relays.pick({"r2"}, Milliseconds{1'000}).next, Milliseconds{31'000});
    EXPECT_EQ(picked(relays, 31'000), "r1");
}

TEST(Relays, areTrustedAgainAfterOneAnswer) {
    Relays relays({relay("r1"), relay("r2")}, suspect_for);
    relays.begin("r1", Milliseconds{0});
    relays.begin("r1", Milliseconds{0});
    relays.end("r1", Relays::End::failed, Milliseconds{1'000});
    EXPECT_EQ(picked(relays, 1'000), "r2");
    relays.end("r1", Relays::End::answered, Milliseconds{1'100});
    EXPECT_EQ(picked(relays, 1'100), "r1");
}

TEST(Relays, keepTheirSendRateInEverySecond) {
    for (const double rate : {0.5, 1.0, 5.0, 100.0}) {
        Relays relays({relay("r1", rate, 10'000)}, suspect_for);
        std::vector<std::int64_t> starts;
        for (std::int64_t now = 0; now < 20'000;) {
            const auto pick = relays.pick({}, Milliseconds{now});
            if (pick.relay) {
                relays.begin("r1", Milliseconds{now});
                starts.push_back(now);
            } else {
                ASSERT_GT(pick.next.count(), now);
                now = pick.next.count();
            }
        }
        const auto most = rate * 20 + std::max(1.0, rate / 10);
        EXPECT_LE(static_cast<double>(starts.size()), most) << rate;
        EXPECT_GE(static_cast<double>(starts.size()), rate * 20 * 0.95) << rate;
        for (std::size_t first = 0; first < starts.size(); ++first) {
            const auto end = std::lower_bound(starts.begin(), starts.end(), starts[first] + 1'000);
            EXPECT_LE(static_cast<double>(end - starts.begin()) - static_cast<double>(first), std::max(1.0, rate * 1.1 + 1)) << rate;
        }
    }
}

TEST(Relays, keepTheirHealthOverAReload) {
    Relays relays({relay("r1"), relay("r2")}, suspect_for);
    relays.begin("r1", Milliseconds{0});
    relays.end("r1", Relays::End::failed, Milliseconds{0});
    relays.replace({relay("r3"), relay("r1")});
    EXPECT_EQ(picked(relays, 10), "r3");
    EXPECT_EQ(picked(relays, 10, {"r3"}), "r1");
    relays.end("r2", Relays::End::answered, Milliseconds{10});  // it is gone: nothing to free
    EXPECT_EQ(relays.names(), (std::vector<std::string>{"r3", "r1"}));
}

notifier::Place place(std::uint64_t number, std::int64_t limit = 1'000) { return {.limit = Milliseconds{limit}, .envelope = number}; }

std::string served(notifier::Receivers& receivers) {
    std::string order;
    while (const auto turn = receivers.next()) {
        receivers.leave(turn->host, turn->place);
        receivers.begin(turn->host);
        order += turn->host + std::to_string(turn->place.envelope) + " ";
    }
    return order;
}

TEST(Receivers, serveTheNearestDeadlineFirstAndBoundEachHost) {
    notifier::OutboxSettings settings;
    settings.webhook_parallel = 4;
    settings.webhook_parallel_per_host = 2;
    notifier::Receivers receivers(settings);
    for (std::uint64_t number = 1; number <= 3; ++number) receivers.wait("a", place(number));
    receivers.wait("b", place(4, 500));
    receivers.wait("b", place(5, 2'000));
    receivers.wait("c", place(6, 3'000));
    EXPECT_EQ(served(receivers), "b4 a1 a2 b5 ");
    receivers.end("b", notifier::Receivers::End::answered);
    EXPECT_EQ(served(receivers), "c6 ");
    receivers.end("a", notifier::Receivers::End::answered);
    EXPECT_EQ(served(receivers), "a3 ");
}

TEST(Receivers, giveAHostThatFailedOneRequestAtATimeAfterTheOthers) {
    notifier::Receivers receivers(notifier::OutboxSettings{});
    receivers.begin("a");
    receivers.end("a", notifier::Receivers::End::failed);
    receivers.wait("a", place(1, 1));
    receivers.wait("a", place(2, 2));
    receivers.wait("b", place(3, 3));
    EXPECT_EQ(served(receivers), "b3 a1 ");
    receivers.end("a", notifier::Receivers::End::cut);
    EXPECT_EQ(served(receivers), "a2 ");
    receivers.end("a", notifier::Receivers::End::answered);
    receivers.wait("a", place(4));
    receivers.wait("a", place(5));
    EXPECT_EQ(served(receivers), "a4 a5 ");
}

} // namespace

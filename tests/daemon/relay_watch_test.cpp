#include "daemon/relay_watch.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

using model::Milliseconds;

model::Delivery attempt(const std::string& relay, bool fault, Milliseconds ended, model::BootId boot = 1) {
    model::Delivery made;
    made.relay = relay;
    made.relay_fault = fault;
    made.ended = {.wall = {}, .boot = ended, .boot_id = boot};
    return made;
}

TEST(RelayWatch, tellsOnceThatARelayTakesNothingAnyMore) {
    RelayWatch watch(Milliseconds{60'000});
    EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{0})));
    EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{30'000})));
    EXPECT_FALSE(watch.ended(attempt("r2", true, Milliseconds{60'000}))) << "another relay";
    EXPECT_TRUE(watch.ended(attempt("r1", true, Milliseconds{60'000})));
    EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{90'000}))) << "told";
    EXPECT_FALSE(watch.ended(attempt("r1", false, Milliseconds{100'000}))) << "it answers";
    for (int second = 110; second < 170; second += 20) EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{second * 1'000})));
    EXPECT_TRUE(watch.ended(attempt("r1", true, Milliseconds{170'000}))) << "lost again";
}

TEST(RelayWatch, aBurstOfFaultsIsNoLoss) {
    RelayWatch watch(Milliseconds{60'000});
    for (int number = 0; number < 100; ++number) EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{number * 100})));
}

TEST(RelayWatch, timesOfAnotherBootDoNotCount) {
    RelayWatch watch(Milliseconds{60'000});
    for (int number = 0; number < 5; ++number) watch.ended(attempt("r1", true, Milliseconds{number}));
    EXPECT_FALSE(watch.ended(attempt("r1", true, Milliseconds{500'000}, 2)));
    EXPECT_TRUE(watch.ended(attempt("r1", true, Milliseconds{560'000}, 2)));
}

} // namespace
} // namespace hinomi

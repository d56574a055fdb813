#include "daemon/sla_figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hinomi {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SlaFigures, SaysNothingOfAServiceThatAReloadTakesAwayBeforeItIsMeasured) {
    model::Directory directory;
    for (int number = 100; number < 300; ++number) directory.services["service" + std::to_string(number)].availability = 99.5;
    SlaFigures figures;
    figures.declare({}, directory);
    const auto source = figures.series(model::WallTime{model::Milliseconds{1'795'000'000'000}});
    std::string all;
    ASSERT_TRUE(source->next(all));  // a turn measures 64 of them
    directory.services.erase("service299");
    figures.declare({}, directory);
    for (bool more = true; more;) {
        std::string piece;
        more = source->next(piece);
        all += piece;
    }
    EXPECT_THAT(all, HasSubstr("hinomi_availability_objective_ratio{offering=\"service298\"} 0.995\n"));
    EXPECT_THAT(all, Not(HasSubstr("service299")));
}

} // namespace
} // namespace hinomi

#include "incidents/newcomers.hpp"

#include "tests/incidents/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace incidents {
namespace {

using model::DutyState;
using model::WatchClass;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string incident = "INC-20261123-01";

/// The portal is down, and acme was told of it; half an hour later the configuration changes.
class Newcomers : public ::testing::Test {
protected:
    Newcomers() {
        desk.tenant("acme", {"portal"});
        desk.verify(web);
        desk.break_down(web);
        desk.run_for(minute);
        desk.deliver_all();
        desk.run_for(29 * minute);
    }

    void TearDown() override { EXPECT_EQ(dump(desk.book), dump(replayed(desk))) << "the live events alone make the same book"; }

    std::vector<model::Payload> welcomed() { return welcome(desk.book, desk.directory, desk.moment()); }

    Desk desk;
    model::Watch web = desk.watch("web/liveness", WatchClass::liveness, {"portal"});
};

TEST_F(Newcomers, who_comes_while_it_is_down_is_told_with_clocks_of_its_own) {
    desk.tenant("globex", {"portal"});
    const auto joined = desk.now;
    desk.append(welcomed());
    EXPECT_THAT(desk.book.incidents.at(incident).tenants, ElementsAre("acme", "globex"));
    const auto& alert = desk.duty(incident + "/first_alert/1/tenant:globex");
    EXPECT_EQ(alert.deadline.base, joined);
    EXPECT_EQ(alert.deadline.limit, 20 * minute);
    EXPECT_EQ(desk.duty(incident + "/follow_up/1/tenant:globex").deadline.base, joined);
    desk.run_for(minute);
    desk.deliver_all();
    EXPECT_EQ(desk.duty(incident + "/first_alert/1/tenant:globex").state, DutyState::met);
    desk.recover(web);
    EXPECT_TRUE(desk.book.duties.contains(incident + "/recovery/1/tenant:globex"));
}

TEST_F(Newcomers, who_was_told_already_is_not_told_again) {
    EXPECT_THAT(welcomed(), IsEmpty());
    desk.tenant("globex", {"portal"});
    desk.append(welcomed());
    EXPECT_THAT(welcomed(), IsEmpty()) << "asked again, as after a crash";
}

TEST_F(Newcomers, who_leaves_and_comes_back_goes_on_where_it_was) {
    const auto acme = desk.directory.tenants.extract("acme");
    EXPECT_THAT(welcomed(), IsEmpty());
    desk.tenant("acme", {"portal"});
    EXPECT_THAT(welcomed(), IsEmpty());
}

TEST_F(Newcomers, users_of_other_services_are_not_concerned) {
    desk.tenant("globex", {"mail"});
    EXPECT_THAT(welcomed(), IsEmpty());
}

TEST_F(Newcomers, what_is_over_is_not_told) {
    desk.recover(web);
    desk.tenant("globex", {"portal"});
    EXPECT_THAT(welcomed(), IsEmpty());
}

TEST_F(Newcomers, maintenance_hides_it_from_them_until_its_end) {
    desk.recover(web);
    desk.run_for(20 * minute);
    desk.tenant("globex", {"portal"});
    ASSERT_EQ(desk.decide(declare_maintenance(desk.book, desk.directory, desk.moment(),
                                              {.title = "upgrade",
                                               .services = {"portal"},
                                               .tenants = {"globex"},
                                               .start = desk.now.wall + minute,
                                               .end = desk.now.wall + 60 * minute,
                                               .regular = true})),
              "");
    desk.run_for(10 * minute);
    desk.break_down(web);
    const std::string second_incident = "INC-20261123-02";
    EXPECT_THAT(desk.book.incidents.at(second_incident).tenants, ElementsAre("acme"));
    EXPECT_THAT(welcomed(), IsEmpty());
    desk.run_for(60 * minute);
    EXPECT_THAT(desk.book.incidents.at(second_incident).tenants, ElementsAre("acme", "globex"));
}

} // namespace
} // namespace incidents

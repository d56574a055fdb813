#include "daemon/access.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace hinomi {
namespace {

TEST(Access, the_highest_role_of_all_groups_counts) {
    const Access access{.viewers = {"staff"}, .operators = {"ops"}, .administrators = {"hinomi"}};
    EXPECT_EQ(role_of({"users"}, access), std::nullopt);
    EXPECT_EQ(role_of({"users", "staff"}, access), Role::viewer);
    EXPECT_EQ(role_of({"staff", "ops"}, access), Role::operators);
    EXPECT_EQ(role_of({"hinomi", "staff"}, access), Role::administrator);
    EXPECT_EQ(role_of({""}, Access{.viewers = {}, .operators = {}, .administrators = {}}), std::nullopt);
}

TEST(Access, root_and_the_daemons_own_user_may_do_everything) {
    EXPECT_EQ(person_of({.user = 0, .group = 0, .process = 1}, {}).role, Role::administrator);
    EXPECT_EQ(person_of({.user = 0, .group = 0, .process = 1}, {}).name, "root");
    EXPECT_EQ(person_of({.user = geteuid(), .group = 0, .process = 1}, {}).role, Role::administrator);
}

TEST(Access, a_user_without_a_name_is_told_by_number_and_may_nothing) {
    const auto person = person_of({.user = 4'123'456, .group = 4'123'456, .process = 1}, {});
    EXPECT_EQ(person.name, "uid 4123456");
    EXPECT_EQ(person.role, std::nullopt);
}

} // namespace
} // namespace hinomi

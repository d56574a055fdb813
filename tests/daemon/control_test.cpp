#include "daemon/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi {
namespace {

using ::testing::HasSubstr;

TEST(ControlRequests, are_held_against_the_table_of_verbs) {
    const auto request = parse_request(R"({"verb":"incident note","values":{"incident":["INC-1"],"cause":["a full disk"],"now":[]}})");
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->verb->role, Role::operators);
    EXPECT_EQ(request->given.text("cause"), "a full disk");
    EXPECT_TRUE(request->given.has("now"));
}

struct Wrong {
    std::string line;
    std::string said;
};

TEST(ControlRequests, that_are_wrong_are_refused_with_a_sentence) {
    const std::vector<Wrong> table{
        {"", "not understood"},
        {"[]", "not understood"},
        {"{\"verb\":1}", "not understood"},
        {"\xff\xfe", "not understood"},
        {R"({"verb":"status"})", "not understood"},
        {R"({"verb":"status","values":[["a"]]})", "has no option"},
        {R"({"verb":"status","values":{"all":"yes"}})", ""},
        {R"({"verb":"incident ack","values":{"incident":[{}]}})", "not understood"},
        {R"({"verb":"run","values":{}})", "knows no verb 'run'"},
        {R"({"verb":"explode","values":{}})", "knows no verb 'explode'"},
        {R"({"verb":"incident ack","values":{}})", "needs incident"},
        {R"({"verb":"incident ack","values":{"incident":["a","b"]}})", "give incident once"},
        {R"({"verb":"incident ack","values":{"incident":["a"],"as":["root"]}})", "has no option as"},
        {R"({"verb":"incident ack","values":{"incident":[")" + std::string(5'000, 'a') + R"("]}})", "too much"},
    };
    for (const auto& [line, said] : table) {
        const auto request = parse_request(line);
        if (said.empty()) continue;
        ASSERT_FALSE(request) << line;
        EXPECT_THAT(request.error(), HasSubstr(said)) << line;
    }
    std::string many = R"({"verb":"incident open","values":{"symptom":["x"],"service":["s")";
    for (int number = 0; number < 100; ++number) many += ",\"s\"";
    EXPECT_THAT(parse_request(many + "]}}").error(), HasSubstr("too much"));
    EXPECT_FALSE(parse_request(std::string(60'000, '[')));
}

} // namespace
} // namespace hinomi

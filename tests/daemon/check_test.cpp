#include "daemon/check.hpp"

#include "tests/fakes/one_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace hinomi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Two services of many customers each, their watches as `watches` says, and one relay that takes a mail a second.
std::string provider_with(const std::string& watches, int customers) {
    std::string text =
        "services: {web: {}, api: {}}\nassets: {a: {kind: server, service: web}, b: {kind: server, service: api}, "
        "both: {kind: server, services: [web, api]}}\n" +
        watches + "staff: {manager: [{email: a@b.example}], on_call: [{email: a@b.example}]}\n" +
        "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b.example, send_rate: 1/s}]\ntenants:\n";
    for (int number = 0; number < customers; ++number) {
        for (const auto* service : {"web", "api"})
            text +=
                "  - {name: " + (service + std::to_string(number)) + ", services: [" + service + "], contacts: [{email: t@t.example}]}\n";
    }
    return text;
}

struct Checked {
    explicit Checked(const std::string& text) {
        fakes::OneFile files(text);
        config::Problems problems;
        loaded = load_configuration("hinomi.yaml", files, problems);
        for (const auto& problem : problems) ADD_FAILURE() << config::describe(problem);
    }
    /// Seconds until the last customer is told of a stop of this watch.
    double told(const std::string& watch) const {
        for (const auto& row : bounds(*loaded)) {
            if (row.watch == watch) return static_cast<double>(row.bound.told.count()) / 1'000;
        }
        return -1;
    }
    std::vector<std::string> refusals() {
        config::Problems found;
        EXPECT_EQ(refuse_unkept(*loaded, found), !found.empty());
        std::vector<std::string> lines;
        for (const auto& problem : found) lines.push_back(config::describe(problem));
        return lines;
    }

    std::optional<LoadedConfiguration> loaded;
};

const std::string apart =
    "watches: [{asset: a, liveness: {target: \"tcp://127.0.0.1:1\"}}, {asset: b, liveness: {target: \"tcp://127.0.0.1:2\"}}]\n";

TEST(Check, told_counts_the_customers_of_the_services_that_one_stop_concerns) {
    const Checked alone(provider_with(apart, 60));
    const std::string shared =
        "watches: [{asset: a, liveness: {target: \"tcp://127.0.0.1:1\"}}, {asset: both, liveness: {target: \"tcp://127.0.0.1:3\"}}]\n";
    const Checked together(provider_with(shared, 60));
    EXPECT_DOUBLE_EQ(together.told("both/liveness"), alone.told("a/liveness") + 60) << "another sixty mails, one a second";
    // an incident that `both` opened has both services; when `a` makes it worse all of them are told again
    EXPECT_DOUBLE_EQ(together.told("a/liveness"), together.told("both/liveness"));
}

TEST(Check, what_cannot_keep_its_limits_is_not_run) {
    EXPECT_THAT(Checked(provider_with(apart, 60)).refusals(), IsEmpty());
    EXPECT_THAT(
        Checked(provider_with(apart, 700)).refusals(),
        ElementsAre(
            AllOf(
                StartsWith("hinomi.yaml:3:32: error: the watch \"a/liveness\" cannot keep its limits: a stop is seen within 66.0 s (limit "
                           "5.0 min), and the last customer told within 12."),
                HasSubstr("(half of 20.0 min). Shorten `every`")),
            HasSubstr("\"b/liveness\"")));
}

TEST(Check, what_is_broken_is_told_to_programs_with_its_place_and_remedy) {
    fakes::OneFile files("watch: https://www.example.jp\nrelai: smtp://127.0.0.1\n");
    config::Problems problems;
    ASSERT_FALSE(load_configuration("hinomi.yaml", files, problems));
    std::ostringstream out;
    EXPECT_EQ(print_broken_json(problems, out), 78);
    const auto told = nlohmann::json::parse(out.str());
    EXPECT_EQ(told["ok"], false);
    EXPECT_EQ(told["accepted"], false);
    ASSERT_EQ(told["problems"].size(), problems.size());
    const auto typo = std::ranges::find_if(told["problems"], [](const auto& problem) { return problem["line"] == 2; });
    ASSERT_NE(typo, told["problems"].end()) << out.str();
    EXPECT_EQ((*typo)["file"], "hinomi.yaml");
    EXPECT_EQ((*typo)["column"], 1);
    EXPECT_EQ((*typo)["level"], "error");
    EXPECT_THAT((*typo)["text"].get<std::string>(), HasSubstr("unknown key \"relai\""));
    EXPECT_THAT((*typo)["remedy"].get<std::string>(), HasSubstr("relay"));
}

TEST(Check, warnings_are_told_to_programs_too) {
    const Checked checked(provider_with(apart, 1));
    std::ostringstream out;
    const config::Problems problems{{{"hinomi.yaml", 3, 4}, "an odd thing", "Mend it", /*warning=*/true}};
    EXPECT_EQ(print_check_json(*checked.loaded, problems, /*strict=*/false, out), 0);
    const auto told = nlohmann::json::parse(out.str());
    EXPECT_EQ(told["accepted"], true);
    EXPECT_EQ(told["problems"][0]["level"], "warning");
    EXPECT_EQ(told["problems"][0]["line"], 3);
}

} // namespace
} // namespace hinomi

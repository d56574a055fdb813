#include "daemon/watch_series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace hinomi {
namespace {

using testing::HasSubstr;
using testing::Not;

model::Watch watch_of(const std::string& asset, model::WatchClass watch_class, const std::string& name = "") {
    model::Watch watch;
    watch.watch_class = watch_class;
    watch.id = asset + (watch_class == model::WatchClass::fault ? "/fault" : "/liveness") + (name.empty() ? "" : "/" + name);
    watch.probe_kind = std::string("http");
    return watch;
}

class WatchSeries : public testing::Test {
protected:
    void declare(bool full) {
        std::vector<WatchFigures::Declared> declared;
        for (const auto& watch : watches_) declared.push_back({.watch = &watch, .condition = model::Condition::up});
        figures_.declare(declared, full);
    }

    void sample(model::WatchIndex watch, model::Reason reason, std::chrono::microseconds duration, model::Condition condition) {
        model::Observation observation;
        observation.watch = watch;
        observation.outcome = reason == model::Reason::none ? model::Outcome::passed : model::Outcome::failed;
        observation.reason = reason;
        observation.duration = duration;
        observation.phases.connect = duration / 2;
        observation.started.wall = model::WallTime{model::Milliseconds{1'795'000'000'250}};
        model::Verdict verdict;
        verdict.condition = condition;
        figures_.observed(observation, verdict);
    }

    /// The whole text, and in how many pieces it came.
    std::string text(std::size_t* pieces = nullptr, std::size_t* largest = nullptr) {
        const auto source = watch_series(figures_, {1});
        std::string all;
        for (bool more = true; more;) {
            std::string piece;
            more = source->next(piece);
            all += piece;
            if (pieces != nullptr) ++*pieces;
            if (largest != nullptr) *largest = std::max(*largest, piece.size());
        }
        return all;
    }

    std::vector<model::Watch> watches_;
    WatchFigures figures_;
};

TEST_F(WatchSeries, TellsTheBasicTen) {
    watches_ = {watch_of("web", model::WatchClass::liveness)};
    declare(/*full=*/false);
    sample(0, model::Reason::none, std::chrono::microseconds{1'500}, model::Condition::up);
    sample(0, model::Reason::refused, std::chrono::microseconds{2'000}, model::Condition::down);
    Start start;
    start.missed = 3;
    figures_.started(start);
    const auto all = text();
    for (const auto* line :
         {"hinomi_target_up{target=\"web\",class=\"liveness\"} 0\n", "hinomi_probe_success{target=\"web\",class=\"liveness\"} 0\n",
          "hinomi_probes_total{target=\"web\",class=\"liveness\",kind=\"http\"} 2\n",
          "hinomi_probe_failures_total{target=\"web\",class=\"liveness\",kind=\"http\"} 1\n",
          "hinomi_probes_missed_total{target=\"web\",class=\"liveness\"} 3\n",
          "hinomi_probe_last_run_timestamp_seconds{target=\"web\",class=\"liveness\"} 1795000000.250\n",
          "hinomi_probe_interval_limit_seconds{target=\"web\",class=\"liveness\"} 300.000\n",
          "hinomi_probe_duration_seconds_bucket{target=\"web\",class=\"liveness\",le=\"+Inf\"} 2\n",
          "hinomi_probe_duration_seconds_sum{target=\"web\",class=\"liveness\"} 0.003500\n",
          "hinomi_probe_duration_seconds_count{target=\"web\",class=\"liveness\"} 2\n", "# TYPE hinomi_probe_duration_seconds histogram\n"})
        EXPECT_THAT(all, HasSubstr(line));
    EXPECT_EQ(std::ranges::count(all, '\n'), 10 + 2 * 8) << all;
}

TEST_F(WatchSeries, TellsDetailsWhenAskedTo) {
    watches_ = {watch_of("web", model::WatchClass::fault, "login"), watch_of("db", model::WatchClass::liveness)};
    declare(/*full=*/true);
    sample(0, model::Reason::none, std::chrono::milliseconds{5}, model::Condition::up);
    sample(0, model::Reason::bad_status, std::chrono::milliseconds{30}, model::Condition::up);
    sample(0, model::Reason::bad_status, std::chrono::seconds{60}, model::Condition::up);
    const auto all = text();
    const std::string labels = R"({target="web",class="fault",name="login")";
    for (const auto& line : {"hinomi_probe_failures_total" + labels + ",kind=\"http\",reason=\"bad_status\"} 2\n",
                             "hinomi_probe_duration_seconds_bucket" + labels + ",le=\"0.005\"} 1\n",
                             "hinomi_probe_duration_seconds_bucket" + labels + ",le=\"0.025\"} 1\n",
                             "hinomi_probe_duration_seconds_bucket" + labels + ",le=\"0.05\"} 2\n",
                             "hinomi_probe_duration_seconds_bucket" + labels + ",le=\"10\"} 2\n",
                             "hinomi_probe_duration_seconds_bucket" + labels + ",le=\"+Inf\"} 3\n",
                             "hinomi_probe_phase_seconds" + labels + ",phase=\"connect\"} 30.000000\n",
                             "hinomi_target_info" + labels + ",kind=\"http\"} 1\n", "hinomi_target_state" + labels + ",state=\"up\"} 1\n"})
        EXPECT_THAT(all, HasSubstr(line));
    EXPECT_THAT(all, HasSubstr("hinomi_target_state{target=\"db\",class=\"liveness\",state=\"maintenance\"} 1\n"));
    EXPECT_THAT(all, HasSubstr("hinomi_target_state{target=\"db\",class=\"liveness\",state=\"up\"} 0\n"));
    EXPECT_THAT(all, Not(HasSubstr("refused")));
}

TEST_F(WatchSeries, TellsWhenACertificateEndsAsLastSeen) {
    watches_ = {watch_of("web", model::WatchClass::liveness), watch_of("db", model::WatchClass::liveness)};
    declare(/*full=*/true);
    const auto look = [this](std::int64_t not_after, bool passed) {
        model::Observation observation;
        observation.watch = 0;
        observation.outcome = passed ? model::Outcome::passed : model::Outcome::failed;
        observation.reason = passed ? model::Reason::none : model::Reason::refused;
        observation.certificate_not_after = not_after;
        figures_.observed(observation, {});
    };
    constexpr auto* series = "hinomi_tls_certificate_not_after_timestamp_seconds{";
    const std::string line = std::string(series) + "target=\"web\",class=\"liveness\"} ";
    EXPECT_THAT(text(), Not(HasSubstr(series)));
    look(1'800'000'000, /*passed=*/true);
    EXPECT_THAT(text(), HasSubstr(line + "1800000000\n"));
    EXPECT_THAT(text(), Not(HasSubstr(std::string(series) + "target=\"db\"")));
    look(0, /*passed=*/false);
    EXPECT_THAT(text(), HasSubstr(line + "1800000000\n")) << "a failure without a handshake tells nothing of the certificate";
    look(1'700'000'000, /*passed=*/false);
    EXPECT_THAT(text(), HasSubstr(line + "1700000000\n")) << "one that is over is told above all";
    look(0, /*passed=*/true);
    EXPECT_THAT(text(), Not(HasSubstr(series))) << "it speaks without TLS now";
    declare(/*full=*/false);
    look(1'800'000'000, /*passed=*/true);
    EXPECT_THAT(text(), Not(HasSubstr(series)));
}

TEST_F(WatchSeries, SaysNothingOfAProbeThatNeverRan) {
    watches_ = {watch_of("web", model::WatchClass::liveness)};
    declare(/*full=*/false);
    EXPECT_THAT(text(), Not(HasSubstr("hinomi_probe_success{")));
    EXPECT_THAT(text(), Not(HasSubstr("hinomi_probe_last_run_timestamp_seconds{")));
    EXPECT_THAT(text(), HasSubstr("hinomi_probes_total{target=\"web\",class=\"liveness\",kind=\"http\"} 0\n"));
}

TEST_F(WatchSeries, KeepsWhatItKnowsOfWatchesThatStay) {
    watches_ = {watch_of("web", model::WatchClass::liveness), watch_of("db", model::WatchClass::liveness)};
    declare(/*full=*/false);
    sample(1, model::Reason::refused, std::chrono::microseconds{1}, model::Condition::down);
    watches_ = {watch_of("new", model::WatchClass::liveness), watch_of("db", model::WatchClass::liveness)};
    declare(/*full=*/true);
    EXPECT_THAT(text(), HasSubstr("hinomi_probes_total{target=\"db\",class=\"liveness\",kind=\"http\"} 1\n"));
    EXPECT_THAT(text(), HasSubstr("hinomi_probes_total{target=\"new\",class=\"liveness\",kind=\"http\"} 0\n"));
    EXPECT_THAT(text(), Not(HasSubstr("target=\"web\"")));
}

// a scrape broke off when the configuration was reloaded meanwhile, and Prometheus saw the target down
TEST_F(WatchSeries, AScrapeIsCompleteAlsoWhenTheConfigurationIsReloadedMeanwhile) {
    for (int number = 0; number < 3'000; ++number)
        watches_.push_back(watch_of("asset" + std::to_string(number), model::WatchClass::liveness));
    declare(/*full=*/false);
    const auto source = watch_series(figures_, {});
    std::string all;
    ASSERT_TRUE(source->next(all));
    watches_ = {watch_of("other", model::WatchClass::liveness)};
    declare(/*full=*/true);
    sample(0, model::Reason::refused, std::chrono::microseconds{1}, model::Condition::down);
    for (bool more = true; more;) {
        std::string piece;
        more = source->next(piece);
        all += piece;
    }
    EXPECT_THAT(all, Not(HasSubstr("target=\"other\"")));
    EXPECT_THAT(all, HasSubstr("hinomi_probes_total{target=\"asset0\",class=\"liveness\",kind=\"http\"} 0\n"));
    EXPECT_EQ(std::ranges::count(all, '\n'), 3'000 * 8 + 16);
    EXPECT_EQ(text().find("asset0"), std::string::npos) << "the next one is about those of the new configuration";
}

TEST_F(WatchSeries, ComesInPiecesWithEachFamilyInOne) {
    for (int number = 0; number < 3'000; ++number)
        watches_.push_back(watch_of("asset" + std::to_string(number), model::WatchClass::liveness));
    declare(/*full=*/false);
    std::size_t pieces = 0;
    std::size_t largest = 0;
    const auto all = text(&pieces, &largest);
    EXPECT_GT(pieces, 20U);
    EXPECT_LE(largest, web::piece_bytes + 4096);
    std::size_t heads = 0;
    for (auto place = all.find("# TYPE"); place != std::string::npos; place = all.find("# TYPE", place + 1)) ++heads;
    EXPECT_EQ(heads, 8U);
    EXPECT_EQ(std::ranges::count(all, '\n'), 3'000 * 8 + 16);
}

} // namespace
} // namespace hinomi

#include "config/settings.hpp"

#include "tests/config/fake_describe_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using model::Milliseconds;
using model::RecurringWindow;
using testing::ElementsAre;

constexpr std::string_view rest =
    "watches:\n  - asset: web\n    liveness: {target: \"https://a.example/\"}\n    fault: {none: a static page}\n"
    "tenants: [{name: acme, services: [portal], contacts: [{webhook: {url: \"https://b.example/\", secret: \"env:A\", out_of_band: "
    "true}}]}]\n"
    "staff: {manager: [{email: m@a.example}], on_call: [{email: o@a.example}]}\n"
    "relays: [{smtp: \"smtps://relay.example\", from: s@a.example, out_of_band: true}]\n";
constexpr std::string_view parts = "services: {portal: {title: Portal}}\nassets: {web: {kind: application, service: portal}}\n";

struct Loaded {
    config::Problems problems;
    std::optional<config::Settings> settings;

    explicit Loaded(const std::string& text) {
        settings = config::load({{"a.yaml", text}}, "watch.example.jp", fakes::describe_target, problems);
        for (const auto& problem : problems) {
            if (!problem.warning) ADD_FAILURE() << config::describe(problem);
        }
    }
};

Loaded with(const std::string& more) { return Loaded(more + std::string(parts) + std::string(rest)); }

constexpr Milliseconds days(std::int64_t count) { return Milliseconds{count * 86'400'000}; }

TEST(Running, HasItsDefaultsFromTheProfileAndOurOwn) {
    const auto loaded = with("");
    ASSERT_TRUE(loaded.settings);
    const auto& settings = *loaded.settings;
    EXPECT_EQ(settings.profile, "mic2008-pattern1");
    EXPECT_TRUE(settings.metrics.enabled);
    EXPECT_EQ(settings.metrics.address, "127.0.0.1");
    EXPECT_EQ(settings.metrics.port, 9470);
    EXPECT_EQ(settings.metrics.per_watch, config::MetricsSettings::PerWatch::automatic);
    EXPECT_EQ(settings.control.admin, "");
    EXPECT_FALSE(settings.heartbeat_out.has_value());
    EXPECT_EQ(settings.backup.path, "/var/lib/hinomi/backup");
    EXPECT_EQ(settings.backup.every, days(1));
    EXPECT_EQ(settings.backup.generations, 5U);
    EXPECT_EQ(settings.retention.usage, days(92));
    EXPECT_EQ(settings.retention.exceptions, days(1827));
    const auto& portal = settings.directory.services.at("portal");
    EXPECT_FALSE(portal.hours_declared);
    EXPECT_FALSE(portal.maintenance_declared);
    EXPECT_EQ(portal.availability, 99.5);
    EXPECT_TRUE(settings.relays[0].out_of_band);
    EXPECT_TRUE(settings.contacts[0].out_of_band);
    EXPECT_EQ(settings.assets.at("web").none.at(model::WatchClass::fault), "a static page");
}

TEST(Running, IsReadAsWritten) {
    const auto loaded = with(
        "metrics: {listen: \"[::1]:9999\", per_watch: basic}\ncontrol: {viewer: staff, operator: hinomi-operator, admin: wheel}\n"
        "heartbeat_out: {url: \"https://w.example/ping\", every: 30s, secret: \"credential:ping\"}\n"
        "backup: {path: /srv/copies, every: 6h, generations: 10}\nretention: {usage: 6months, exceptions: 6y}\n"
        "asset_kinds: {network: {none: the cloud's}}\ncontrols: {III.4.2.1 a: {none: the cloud's}}\n");
    ASSERT_TRUE(loaded.settings);
    const auto& settings = *loaded.settings;
    EXPECT_EQ(settings.metrics.address, "::1");
    EXPECT_EQ(settings.metrics.port, 9999);
    EXPECT_EQ(settings.metrics.per_watch, config::MetricsSettings::PerWatch::basic);
    EXPECT_EQ(settings.control.operator_group, "hinomi-operator");
    ASSERT_TRUE(settings.heartbeat_out);
    EXPECT_EQ(settings.heartbeat_out->every, Milliseconds{30'000});
    EXPECT_EQ(settings.heartbeat_out->secret.name, "ping");
    EXPECT_EQ(settings.backup.path, "/srv/copies");
    EXPECT_EQ(settings.backup.generations, 10U);
    EXPECT_EQ(settings.retention.usage, days(186));
    EXPECT_EQ(settings.retention.exceptions, days(2196));
    EXPECT_EQ(settings.no_assets_of.at("network"), "the cloud's");
    EXPECT_EQ(settings.not_applicable.at("III.4.2.1 a"), "the cloud's");
    EXPECT_FALSE(with("metrics: {listen: none}\n").settings->metrics.enabled);
}

TEST(Running, LetsALimitBeLooserOnlyWithItsReason) {
    const auto loaded = with(
        "duties: {first_alert: {value: 30min, weaker_than_profile: agreed with acme}, recovery: {value: 1h, weaker_than_profile: night}}\n"
        "backup: {generations: {value: 3, weaker_than_profile: small disk}}\n"
        "retention: {usage: {value: 30d, weaker_than_profile: privacy}}\n");
    ASSERT_TRUE(loaded.settings);
    const auto& settings = *loaded.settings;
    EXPECT_EQ(settings.directory.rules.first_alert, Milliseconds{1'800'000});
    EXPECT_EQ(settings.directory.rules.recovery, Milliseconds{3'600'000});
    EXPECT_EQ(settings.backup.generations, 3U);
    EXPECT_EQ(settings.retention.usage, days(30));
    ASSERT_EQ(settings.weakenings.size(), 4U);
    EXPECT_EQ(settings.weakenings[0].item, "III.1.1.1 b");
    EXPECT_EQ(settings.weakenings[0].key, "duties.first_alert");
    EXPECT_EQ(settings.weakenings[0].given, "30min");
    EXPECT_EQ(settings.weakenings[0].limit, "20min");
    EXPECT_EQ(settings.weakenings[0].reason, "agreed with acme");
    EXPECT_EQ(config::describe(settings.weakenings[0].position), "a.yaml:1:31");
}

TEST(Running, WidensTheLimitOfAWatchThatIsLooserWithAReason) {
    std::string text(rest);
    text.replace(text.find("\"https://a.example/\"}"), 21,
                 "\"https://a.example/\", every: {value: 10min, weaker_than_profile: a batch host}}");
    const Loaded loaded(std::string(parts) + text);
    ASSERT_TRUE(loaded.settings);
    const auto& watch = loaded.settings->watches.at(0).watch;
    EXPECT_EQ(watch.interval, Milliseconds{600'000});
    EXPECT_EQ(watch.interval_limit, Milliseconds{606'000}) << "interval, timeout and lateness: so long a stop may be unseen";
    EXPECT_EQ(loaded.settings->weakenings.at(0).key, "web/liveness.every");
}

TEST(Lines, AreReadWithTheirTargetsAsWatchesOfTheirOwn) {
    const auto loaded = with(
        "lines: [{name: isp-a, gateway: 192.0.2.1, every: 30s,\n"
        "         targets: [\"tcp://198.51.100.1:443\", \"tcp://198.51.100.2:443\", \"tcp://198.51.100.3:443\"]}]\n");
    ASSERT_TRUE(loaded.settings);
    ASSERT_EQ(loaded.settings->lines.size(), 1U);
    const auto& line = loaded.settings->lines[0];
    EXPECT_EQ(line.gateway, "192.0.2.1");
    EXPECT_EQ(line.quorum, 2U);
    ASSERT_EQ(line.targets.size(), 3U);
    EXPECT_EQ(line.targets[2].watch.id, "line:isp-a/3");
    EXPECT_EQ(*line.targets[2].watch.destination, "198.51.100.3:443");
    EXPECT_EQ(line.targets[2].watch.interval, Milliseconds{30'000});
    EXPECT_EQ(line.targets[2].block.get("target").scalar(), "tcp://198.51.100.3:443");
    EXPECT_TRUE(line.targets[2].watch.services->empty());
    EXPECT_EQ(loaded.settings->watches.size(), 1U);
}

TEST(Lines, AQuorumOfHalfOrLessIsAWarning) {
    const auto loaded = with("lines: [{name: a, quorum: 1, targets: [\"tcp://192.0.2.1:1\", \"tcp://192.0.2.2:1\"]}]\n");
    ASSERT_TRUE(loaded.settings);
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_TRUE(loaded.problems[0].warning);
    EXPECT_EQ(loaded.settings->lines[0].quorum, 1U);
}

config::Settings with_service(const std::string& service) {
    const Loaded loaded("services: {portal: " + service + "}\nassets: {web: {kind: application, service: portal}}\n" + std::string(rest));
    return loaded.settings.value_or(config::Settings{});
}

TEST(Hours, AreAWeeklyCalendarWithHolidays) {
    const auto settings = with_service(
        "{hours: {weekdays: \"09:00-12:00, 13:00-18:00\", friday: \"09:00-24:00\", sunday: \"10:00-11:30\", closed_on: [2026-12-31, "
        "2026-01-01]}}");
    const auto& portal = settings.directory.services.at("portal");
    EXPECT_TRUE(portal.hours_declared);
    ASSERT_EQ(portal.hours.size(), 10U);
    EXPECT_EQ(portal.hours[0], (model::WeeklyHours{.weekday = 1, .from_minute = 540, .to_minute = 720}));
    EXPECT_EQ(portal.hours[8], (model::WeeklyHours{.weekday = 5, .from_minute = 540, .to_minute = 1440}));
    EXPECT_EQ(portal.hours[9], (model::WeeklyHours{.weekday = 7, .from_minute = 600, .to_minute = 690}));
    using namespace std::chrono_literals;
    EXPECT_THAT(portal.closed_on, ElementsAre(2026y / 1 / 1, 2026y / 12 / 31));
}

TEST(Hours, AlwaysHasNoCalendarAndIsDeclared) {
    const auto settings = with_service("{hours: always, regular_maintenance: none}");
    const auto& portal = settings.directory.services.at("portal");
    EXPECT_TRUE(portal.hours_declared);
    EXPECT_TRUE(portal.hours.empty());
    EXPECT_TRUE(portal.maintenance_declared);
    EXPECT_TRUE(portal.regular_maintenance.empty());
}

TEST(RegularMaintenance, ComesAgainByDayWeekOrMonth) {
    const auto settings = with_service(
        "{regular_maintenance: [{every: day, from: \"03:30\", for: 10min}, {every: week, day: sunday, from: \"02:00\", for: 2h, title: "
        "patches},\n"
        "{every: month, day: 2nd wednesday, from: \"00:00\", for: 1d, lead: 30d, timezone: UTC}, {every: month, day: last friday, from: "
        "\"22:00\", "
        "for: 4h},\n{every: month, day: 15, from: \"01:00\", for: 1h}]}");
    const auto& windows = settings.directory.services.at("portal").regular_maintenance;
    ASSERT_EQ(windows.size(), 5U);
    EXPECT_EQ(windows[0].every, RecurringWindow::Every::day);
    EXPECT_EQ(windows[0].from_minute, 210);
    EXPECT_EQ(windows[1].weekday, 7);
    EXPECT_EQ(windows[1].time_zone, "Asia/Tokyo");
    EXPECT_EQ(windows[1].lead, days(1));
    EXPECT_EQ(windows[1].title, "patches");
    EXPECT_EQ(windows[2].nth, 2);
    EXPECT_EQ(windows[2].weekday, 3);
    EXPECT_EQ(windows[2].lasts, days(1));
    EXPECT_EQ(windows[2].time_zone, "UTC");
    EXPECT_EQ(windows[3].nth, 5);
    EXPECT_EQ(windows[4].day, 15);
}

TEST(OldNames, FollowFromTheAssetUnlessTheWatchNamesItsOwn) {
    const Loaded loaded(
        "services: {portal: {}}\nassets: {web: {kind: application, service: portal, was: front, depends_on: [db]}, db: {kind: storage, "
        "service: "
        "portal}}\nwatches:\n  - asset: web\n    liveness: [{name: a, target: \"https://a.example/\"}, {name: b, target: "
        "\"https://b.example/\", was: "
        "web/liveness}]\n" +
        std::string(rest.substr(rest.find("tenants"))));
    ASSERT_TRUE(loaded.settings);
    EXPECT_EQ(*loaded.settings->watches[0].watch.was, "front/liveness/a");
    EXPECT_EQ(*loaded.settings->watches[1].watch.was, "web/liveness");
    EXPECT_THAT(loaded.settings->assets.at("web").depends_on, ElementsAre("db"));
}

} // namespace

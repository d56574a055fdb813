#include "config/settings.hpp"

#include "tests/config/fake_describe_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using config::Problems;
using model::Milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path data = std::filesystem::path(HINOMI_SOURCE_DIR) / "tests/data/config";

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::string described(const Problems& problems) {
    std::string lines;
    for (const auto& problem : problems) lines += config::describe(problem) + "\n";
    return lines;
}

struct Loaded {
    Problems problems;
    std::optional<config::Settings> settings;

    explicit Loaded(const std::vector<config::Source>& sources) {
        settings = config::load(sources, "watch.example.jp", fakes::describe_target, problems);
    }
    explicit Loaded(const std::string& text) : Loaded(std::vector<config::Source>{{"a.yaml", text}}) {}
};

std::vector<std::filesystem::path> files_in(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(data / folder)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

TEST(BadFiles, EachIsRefusedWithItsExactMessages) {
    const auto files = files_in("bad");
    EXPECT_GE(files.size(), 50U);
    for (const auto& file : files) {
        const Loaded loaded({{file.filename().string(), read_file(file)}});
        auto expected = file;
        EXPECT_EQ(described(loaded.problems), read_file(expected.replace_extension(".expected"))) << file;
        EXPECT_FALSE(loaded.settings.has_value()) << file;
    }
}

TEST(BadFiles, NoMessageShowsASecret) {
    for (const auto& file : files_in("bad")) {
        const Loaded loaded({{file.filename().string(), read_file(file)}});
        EXPECT_EQ(described(loaded.problems).find("hunter2"), std::string::npos) << file;
    }
}

TEST(GoodFiles, EachLoadsWithoutAnyProblem) {
    const auto files = files_in("good");
    EXPECT_GE(files.size(), 3U);
    for (const auto& file : files) {
        const Loaded loaded({{file.filename().string(), read_file(file)}});
        EXPECT_EQ(described(loaded.problems), "") << file;
        EXPECT_TRUE(loaded.settings.has_value()) << file;
    }
}

TEST(ShortForm, StandsForTheWholeLongForm) {
    const Loaded loaded({{"short.yaml", read_file(data / "good/short.yaml")}});
    ASSERT_TRUE(loaded.settings) << described(loaded.problems);
    const auto& settings = *loaded.settings;
    EXPECT_FALSE(settings.rehearsal);
    ASSERT_EQ(settings.watches.size(), 1U);
    const auto& watch = settings.watches[0].watch;
    EXPECT_EQ(watch.id, "default/liveness");
    EXPECT_EQ(watch.target, "https://portal.example.jp/healthz");
    EXPECT_EQ(*watch.probe_kind, "http");
    EXPECT_EQ(*watch.destination, "portal.example.jp:443");
    EXPECT_EQ(watch.interval, Milliseconds{60'000});
    EXPECT_EQ(watch.timeout, Milliseconds{5'000});
    EXPECT_EQ(watch.interval_limit, Milliseconds{300'000});
    EXPECT_THAT(*watch.services, ElementsAre("default"));
    EXPECT_THAT(settings.directory.tenants_of.at("default"), ElementsAre("default"));
    ASSERT_EQ(settings.contacts.size(), 3U);
    EXPECT_EQ(settings.contacts[0].owner, "tenant:default");
    EXPECT_EQ(settings.contacts[1].owner, "manager");
    EXPECT_EQ(settings.contacts[2].owner, "on_call");
    for (const auto& contact : settings.contacts) EXPECT_EQ(contact.address, "ops@example.jp");
    ASSERT_EQ(settings.relays.size(), 1U);
    EXPECT_EQ(settings.relays[0].host, "relay.example.jp");
    EXPECT_EQ(settings.relays[0].port, 25);
    EXPECT_EQ(settings.relays[0].security, config::RelaySettings::Security::starttls);
    EXPECT_EQ(settings.relays[0].from, "hinomi@watch.example.jp");
    EXPECT_EQ(settings.references, std::nullopt);
}

TEST(LongForm, ReadsEveryPart) {
    const Loaded loaded({{"long.yaml", read_file(data / "good/long.yaml")}});
    ASSERT_TRUE(loaded.settings) << described(loaded.problems);
    const auto& settings = *loaded.settings;
    EXPECT_TRUE(settings.rehearsal);
    EXPECT_TRUE(settings.directory.rehearsal);
    const auto& portal = settings.directory.services.at("portal");
    EXPECT_EQ(portal.title_ja, "ポータル");
    EXPECT_EQ(portal.title_en, "Portal");
    EXPECT_EQ(portal.time_zone, "Asia/Tokyo");
    std::vector<std::string> ids;
    for (const auto& watch : settings.watches) ids.push_back(watch.watch.id);
    EXPECT_THAT(ids, ElementsAre("portal-web/liveness", "portal-web/fault", "portal-web/performance", "portal-db/liveness/first",
                                 "portal-db/liveness/second"));
    const auto& performance = settings.watches[2].watch;
    EXPECT_EQ(performance.rules->slower_than, Milliseconds{800});
    EXPECT_EQ(performance.rules->percentile, 95U);
    EXPECT_EQ(performance.interval, Milliseconds{30'000});
    EXPECT_EQ(performance.interval_limit, Milliseconds{600'000});
    EXPECT_TRUE(settings.watches[1].block.get("expect").present());
    const auto& database = settings.watches[3].watch;
    EXPECT_EQ(database.interval, Milliseconds{20'000});
    EXPECT_EQ(database.rules->confirm_failures, 2U);
    EXPECT_EQ(database.rules->confirm_window, 4U);
    EXPECT_EQ(database.rules->retry_after, Milliseconds{3'000});
    EXPECT_EQ(database.rules->recover_passes, 3U);
    EXPECT_TRUE(database.loopback);
    EXPECT_THAT(*database.services, ElementsAre("billing", "portal"));
    const auto& acme = settings.directory.tenants.at("acme");
    EXPECT_THAT(acme.services, ElementsAre("billing", "portal"));
    EXPECT_EQ(acme.policy, model::ContactPolicy::primary);
    EXPECT_EQ(settings.directory.tenants.at("bolt").language, model::Language::en);
    EXPECT_THAT(settings.directory.tenants_of.at("portal"), ElementsAre("acme", "bolt"));
    EXPECT_THAT(settings.directory.tenants_of.at("billing"), ElementsAre("acme"));
    EXPECT_EQ(settings.directory.on_call.language, model::Language::en);
    EXPECT_EQ(settings.directory.provider, "Example KK");
    EXPECT_EQ(settings.directory.time_zone, "Asia/Tokyo");
    ASSERT_EQ(settings.contacts.size(), 5U);
    EXPECT_EQ(settings.contacts[1].channel, model::ChannelKind::webhook);
    EXPECT_EQ(settings.contacts[1].address, "https://acme.example/hooks/status");
    EXPECT_EQ(settings.contacts[1].secret.kind, config::SecretReference::Kind::credential);
    EXPECT_EQ(settings.contacts[1].secret.name, "acme");
    EXPECT_EQ(config::describe(settings.contacts[1].secret.position), "long.yaml:42:103");
}

TEST(LongForm, ReadsRelaysAndTuning) {
    const Loaded loaded({{"long.yaml", read_file(data / "good/long.yaml")}});
    ASSERT_TRUE(loaded.settings) << described(loaded.problems);
    const auto& settings = *loaded.settings;
    ASSERT_EQ(settings.relays.size(), 3U);
    EXPECT_EQ(settings.relays[0].security, config::RelaySettings::Security::tls);
    EXPECT_EQ(settings.relays[0].port, 465);
    EXPECT_EQ(settings.relays[0].username, "status");
    EXPECT_EQ(settings.relays[0].password.name, "relay1");
    EXPECT_EQ(settings.relays[0].send_rate, 5.0);
    EXPECT_EQ(settings.relays[1].security, config::RelaySettings::Security::starttls);
    EXPECT_EQ(settings.relays[1].connect_cap, Milliseconds{2'000});
    EXPECT_EQ(settings.relays[2].security, config::RelaySettings::Security::none);
    EXPECT_EQ(settings.relays[2].port, 2525);
    EXPECT_EQ(settings.directory.rules.first_alert, Milliseconds{600'000});
    EXPECT_EQ(settings.directory.rules.follow_up, Milliseconds{3'600'000});
    EXPECT_EQ(settings.directory.rules.grouping, Milliseconds{5'000});
    EXPECT_EQ(settings.directory.rules.follow_up_release_percent, 50U);
    EXPECT_THAT(*settings.outbox.rounds, ElementsAre(Milliseconds{0}, Milliseconds{100}, Milliseconds{15'000}));
    EXPECT_EQ(settings.outbox.webhook_timeout, Milliseconds{3'000});
    EXPECT_EQ(settings.outbox.give_up_after, std::nullopt);
    EXPECT_EQ(settings.schedule.lanes, 2U);
    EXPECT_EQ(settings.schedule.in_flight, 256U);
    EXPECT_THAT(*settings.references, ElementsAre("192.0.2.53", "[2001:db8::53]:5353"));
    EXPECT_EQ(settings.data_directory, "/srv/hinomi");
}

const std::string minimal = "watch: https://a.example\nmail: ops@a.example\nrelay: smtp://127.0.0.1\n";

TEST(Settings, ALoopbackRelayWithoutCredentialsIsClearText) {
    const Loaded loaded(minimal);
    ASSERT_TRUE(loaded.settings) << described(loaded.problems);
    EXPECT_EQ(loaded.settings->relays[0].security, config::RelaySettings::Security::none);
}

TEST(Settings, ShortIntervalsShortenWhatFollowsFromThem) {
    const Loaded loaded(
        "services: {s: {}}\nassets: {a: {kind: server, service: s}}\n"
        "watches: [{asset: a, liveness: {target: \"tcp://127.0.0.1:1\", every: 1s}}]\n"
        "tenants: [{name: t, services: [s], contacts: [{email: a@b}]}]\nstaff: {manager: [{email: a@b}], on_call: [{email: a@b}]}\n"
        "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b}]\n");
    ASSERT_TRUE(loaded.settings) << described(loaded.problems);
    const auto& watch = loaded.settings->watches[0].watch;
    EXPECT_EQ(watch.timeout, Milliseconds{800});
    EXPECT_EQ(watch.rules->retry_after, Milliseconds{1'000});
}

TEST(Merging, MapsMergeListsAppendAndScalarsSetTwiceNameBothPlaces) {
    const config::Source main{"main.yaml", read_file(data / "good/long.yaml")};
    const Loaded good({main,
                       {"conf.d/a.yaml",
                        "tenants:\n  - {name: extra, services: [portal], contacts: [{email: x@y.example}]}\n"
                        "assets:\n  more: {kind: server, service: portal}\n"},
                       {"conf.d/empty.yaml", "# nothing\n"}});
    ASSERT_TRUE(good.settings) << described(good.problems);
    EXPECT_EQ(good.settings->directory.tenants.size(), 3U);
    const Loaded bad({main, {"conf.d/b.yaml", "mode: live\nservices: {portal: {timezone: UTC}}\nrelays: none\n"}});
    EXPECT_FALSE(bad.settings);
    EXPECT_EQ(described(bad.problems),
              "conf.d/b.yaml:1:7: error: \"mode\" is set twice; first at main.yaml:2:7. Keep one of the two: files merge maps and append "
              "lists, but nothing overrides\n"
              "conf.d/b.yaml:2:31: error: \"services.portal.timezone\" is set twice; first at main.yaml:6:15. Keep one of the two: files "
              "merge maps and append "
              "lists, but nothing overrides\n"
              "conf.d/b.yaml:3:9: error: \"relays\" is set twice; first at main.yaml:50:3. Keep one of the two: files merge maps and "
              "append lists, but nothing "
              "overrides\n");
}

TEST(Merging, ABrokenFileAmongSeveralBringsNoErrorsThatOnlyFollowFromIt) {
    const Loaded loaded({{"main.yaml", minimal}, {"conf.d/a.yaml", "services: [\n"}, {"conf.d/b.yaml", "a: 1\na: 2\n"}});
    EXPECT_FALSE(loaded.settings);
    ASSERT_EQ(loaded.problems.size(), 2U) << described(loaded.problems);
    EXPECT_EQ(loaded.problems[0].position.file, "conf.d/a.yaml");
    EXPECT_EQ(loaded.problems[1].position.file, "conf.d/b.yaml");
}

TEST(Problems, AreCutAtTwoHundred) {
    std::string text = minimal;
    for (int index = 0; index < 500; ++index) text += "unknown" + std::to_string(index) + ": 1\n";
    const Loaded loaded(text);
    ASSERT_EQ(loaded.problems.size(), 201U);
    EXPECT_EQ(loaded.problems.back().text, "300 more problems are not shown");
}

TEST(Problems, OfTheKindsAreToldTogetherWithTheOthers) {
    Problems problems;
    const auto check = [](const config::WatchSettings& watch, Problems& found) { found.push_back({watch.block.position(), "kind", ""}); };
    EXPECT_FALSE(config::load({{"a.yaml", minimal + "colour: red\n"}}, "h", fakes::describe_target, problems, check));
    EXPECT_EQ(problems.size(), 2U);
    problems.clear();
    EXPECT_TRUE(config::load({{"a.yaml", minimal}}, "h", fakes::describe_target, problems, check));
    EXPECT_THAT(problems, IsEmpty());
}

TEST(Digest, FollowsWhatTheConfigurationSaysNotHowItIsWritten) {
    const Loaded one(minimal);
    const Loaded same("# comment\nrelay:   'smtp://127.0.0.1'\nmail: ops@a.example\nwatch: \"https://a.example\"\n");
    const Loaded other(minimal + "mode: rehearsal\n");
    EXPECT_EQ(one.settings->sha256_source, same.settings->sha256_source);
    EXPECT_NE(one.settings->sha256_source, other.settings->sha256_source);
}

TEST(Sample, TheSampleFileLoads) {
    const Loaded loaded({{"hinomi.yaml", read_file(std::filesystem::path(HINOMI_SOURCE_DIR) / "config/examples/hinomi.yaml")}});
    EXPECT_EQ(described(loaded.problems), "");
    ASSERT_TRUE(loaded.settings);
    EXPECT_TRUE(loaded.settings->rehearsal);
}

/// A repeatable sequence of numbers; no source of randomness outside io/.
struct Sequence {
    std::uint64_t state;
    std::uint64_t next() {
        state += 0x9E3779B97F4A7C15ULL;
        std::uint64_t value = state;
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
        return value ^ (value >> 31U);
    }
};

std::string mutated(std::string text, Sequence& sequence) {
    constexpr std::string_view spice = ":-[]{}\"'&*!|>%@`#,?\n\t 0~<\\/.\xE3\xFF";
    for (auto changes = 1 + sequence.next() % 8; changes > 0 && !text.empty(); --changes) {
        const auto place = sequence.next() % text.size();
        switch (sequence.next() % 5) {
        case 0: text[place] = static_cast<char>(sequence.next() & 0xFFU); break;
        case 1: text[place] = spice[sequence.next() % spice.size()]; break;
        case 2: text.erase(place, 1 + sequence.next() % 20); break;
        case 3: text.insert(place, 1, spice[sequence.next() % spice.size()]); break;
        default: text.insert(place, text.substr(sequence.next() % text.size(), sequence.next() % 40)); break;
        }
    }
    return text;
}

TEST(Mutations, NeverCrashAndARefusalAlwaysHasAReason) {
    Sequence sequence{20'261'124};
    std::vector<std::string> seeds;
    for (const auto& folder : {"good", "bad"}) {
        for (const auto& file : files_in(folder)) seeds.push_back(read_file(file));
    }
    for (int round = 0; round < 3'000; ++round) {
        const auto text = mutated(seeds[sequence.next() % seeds.size()], sequence);
        const Loaded loaded(text);
        EXPECT_TRUE(loaded.settings || config::any_error(loaded.problems)) << text;
        for (const auto& problem : loaded.problems) {
            if (problem.text.empty() || problem.remedy.empty()) ADD_FAILURE() << config::describe(problem) << "\n" << text;
        }
    }
}

} // namespace

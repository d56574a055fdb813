#include "daemon/configuration.hpp"

#include "config/keys.hpp"
#include "io/system_files.hpp"
#include "probes/registry.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hinomi {
namespace {

using namespace std::chrono_literals;

class NoFiles final : public io::Files {
public:
    std::expected<std::string, io::FileError> read(std::string path, std::size_t) override {
        return std::unexpected(io::FileError{path, "No such file or directory"});
    }
    std::vector<std::string> list(std::string, std::string) override { return {}; }
};

config::Settings with_relay(const std::string& provider, const std::string& from) {
    config::Settings settings;
    settings.directory.provider = provider;
    config::RelaySettings relay;
    relay.host = "relay.example";
    relay.port = 587;
    relay.from = from;
    settings.relays = {relay};
    return settings;
}

TEST(Configuration, mails_come_from_the_provider_by_name) {
    const struct {
        const char* provider;
        const char* from;
        const char* expected;
    } rows[] = {
        {"Example KK", "status@example.jp", "Example KK <status@example.jp>"},
        {"", "status@example.jp", "status@example.jp"},
        {"火の見クラウド", "status@example.jp", "火の見クラウド <status@example.jp>"},
        {"Evil <a@b>\"\\", "status@example.jp", "Evil a@b <status@example.jp>"},
        {"Example KK", "Status <status@example.jp>", "Status <status@example.jp>"},
    };
    NoFiles files;
    Secrets secrets(files, [](const std::string&) { return std::nullopt; });
    for (const auto& row : rows) {
        config::Problems problems;
        EXPECT_EQ(row.expected, relays_of(with_relay(row.provider, row.from), secrets, problems).at(0).from);
    }
}

TEST(Configuration, there_are_threads_for_all_mails_that_the_relays_take_at_a_time) {
    const auto relays = [](std::size_t count, std::uint32_t parallel) {
        config::RelaySettings relay;
        relay.parallel = parallel;
        return std::vector<config::RelaySettings>(count, relay);
    };
    EXPECT_EQ(16U, mail_parallel({})) << "a reload may bring relays";
    EXPECT_EQ(25U, mail_parallel(relays(3, 8)));
    EXPECT_EQ(64U, mail_parallel(relays(1, 1'000)));
    EXPECT_EQ(64U, mail_parallel(relays(1'000, 1'000)));
}

TEST(Configuration, the_outbox_keeps_its_own_defaults_where_nothing_is_said) {
    config::OutboxOverrides overrides;
    overrides.round_every = 100ms;
    const auto settings = outbox_settings(overrides);
    EXPECT_EQ(100ms, settings.round_every);
    EXPECT_EQ(notifier::OutboxSettings{}.rounds, settings.rounds);
    EXPECT_EQ(notifier::OutboxSettings{}.give_up_after, settings.give_up_after);
}

/// The key table is what the manual, the schema and `config show` tell of the outbox; the notifier is what happens.
TEST(Configuration, the_table_of_keys_and_the_outbox_have_the_same_defaults) {
    std::string text = "watch: https://a.example\nmail: ops@a.example\nrelay: smtp://127.0.0.1\noutbox:\n";
    for (const auto name : config::keys_of("outbox")) {
        text += "  " + std::string(name) + ": " + std::string(config::find_key("outbox", name)->fallback) + "\n";
    }
    config::Problems problems;
    const auto settings = config::load({{"a.yaml", text}}, "h", probes::describe_target, problems);
    ASSERT_TRUE(settings) << config::describe(problems.front());
    const auto written = outbox_settings(settings->outbox);
    const notifier::OutboxSettings built_in;
    EXPECT_EQ(built_in.rounds, written.rounds);
    EXPECT_EQ(built_in.round_every, written.round_every);
    EXPECT_EQ(built_in.give_up_after, written.give_up_after);
    EXPECT_EQ(built_in.next_relay_after_4xx, written.next_relay_after_4xx);
    EXPECT_EQ(built_in.next_contact_after, written.next_contact_after);
    EXPECT_EQ(built_in.webhook_timeout, written.webhook_timeout);
    EXPECT_EQ(built_in.relay_suspect_for, written.relay_suspect_for);
}

TEST(Configuration, a_file_that_cannot_be_read_is_told_with_its_path_and_a_remedy) {
    NoFiles files;
    config::Problems problems;
    EXPECT_FALSE(load_configuration("/nowhere/hinomi.yaml", files, problems));
    ASSERT_EQ(1u, problems.size());
    EXPECT_EQ("/nowhere/hinomi.yaml", problems[0].position.file);
    EXPECT_FALSE(problems[0].remedy.empty());
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// What is told of the configuration of the current folder, with all that belongs to it: conf.d, lists of targets, and secrets, which are
/// there where it has a folder `credentials`.
std::string told_here() {
    io::SystemFiles files;
    Secrets secrets(files, [](const std::string& name) -> std::optional<std::string> {
        if (name != "CREDENTIALS_DIRECTORY" || !std::filesystem::exists("credentials")) return std::nullopt;
        return "credentials";
    });
    config::Problems problems;
    auto loaded = load_configuration("hinomi.yaml", files, problems);
    if (loaded) EXPECT_FALSE(engine_settings(*loaded, files, secrets, {}, problems));
    std::string text;
    for (const auto& problem : problems) text += config::describe(problem) + "\n";
    return text;
}

TEST(BadConfigurations, EachIsRefusedWithItsExactMessages) {
    const auto before = std::filesystem::current_path();
    std::size_t count = 0;
    for (const auto& folder : std::filesystem::directory_iterator(std::string(HINOMI_SOURCE_DIR) + "/tests/data/config/whole")) {
        std::filesystem::current_path(folder.path());  // so that paths are told alike wherever this tree lies
        const auto told = told_here();
        EXPECT_EQ(told, read_file("expected")) << folder.path();
        EXPECT_EQ(told.find("hunter2"), std::string::npos) << folder.path() << " shows a secret";
        ++count;
    }
    std::filesystem::current_path(before);
    EXPECT_GE(count, 25U);
}

} // namespace
} // namespace hinomi

#include "daemon/doctor.hpp"

#include "daemon/configuration.hpp"
#include "io/ares_resolver.hpp"
#include "io/boot_clock.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/one_file.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace hinomi {
namespace {

using Level = Finding::Level;

config::Settings settings_of_a_provider() {
    config::Settings settings;
    settings.relays.resize(2);
    settings.administration.emplace().certificate_file = "/etc/hinomi/server.pem";
    settings.backup.every = std::chrono::hours{24};
    return settings;
}

HostExamination sound_host() {
    HostExamination host;
    host.user = 990;
    host.descriptors = 65'536;
    host.clock = {.known = true, .synchronised = true, .largest_error = model::Milliseconds{3}};
    host.icmp = {.raw = false, .unprivileged = true};
    host.data.exists = host.data.is_folder = host.data.writable = true;
    host.data.mode = 0700;
    host.data.free_bytes = std::uint64_t{50} << 30;
    host.data.whole_bytes = std::uint64_t{100} << 30;
    host.data.encrypted = io::Encryption::yes;
    host.ledger = {.exists = true, .owner = 990, .mode = 0600};
    host.now = model::WallTime{std::chrono::days{20'000}};
    host.last_backup = host.now - std::chrono::hours{48};
    host.administration = {.error = {}, .key_elsewhere = false, .valid_until = host.now + std::chrono::days{60}};
    host.relays = {{"relay1:465", {}}, {"relay2:587", {}}};
    host.name_servers = {{"192.0.2.53", true}};
    return host;
}

struct Case {
    std::string name;
    std::function<void(HostExamination&)> change;
    Level level;
    std::string check;
    std::string says;
};

TEST(Doctor, FindsNothingOnASoundHost) {
    for (const auto& finding : diagnose(settings_of_a_provider(), sound_host()))
        EXPECT_EQ(finding.level, Level::ok) << finding.check << ": " << finding.what;
}

TEST(Doctor, NamesWhatIsWrongAndWhatToDo) {
    const std::vector<Case> cases{
        {"root", [](auto& host) { host.user = 0; }, Level::warning, "user", "root"},
        {"a capability", [](auto& host) { host.capabilities = {"cap_net_raw", "cap_sys_admin"}; }, Level::warning, "capabilities",
         "cap_sys_admin"},
        {"a free running clock", [](auto& host) { host.clock.synchronised = false; }, Level::failed, "clock", "not synchronised"},
        {"an inexact clock", [](auto& host) { host.clock.largest_error = model::Milliseconds{1'001}; }, Level::warning, "clock", "1001 ms"},
        {"a silent system", [](auto& host) { host.clock.known = false; }, Level::note, "clock", "does not tell"},
        {"no data folder", [](auto& host) { host.data.exists = false; }, Level::failed, "data", "is not there"},
        {"a read-only one", [](auto& host) { host.data.writable = false; }, Level::failed, "data", "cannot be written"},
        {"an open one", [](auto& host) { host.data.mode = 0755; }, Level::warning, "data", "0755"},
        {"an open ledger", [](auto& host) { host.ledger.mode = 0644; }, Level::warning, "data", "0644"},
        {"memory only", [](auto& host) { host.data.file_system = "tmpfs"; }, Level::failed, "data", "reboot"},
        {"a network disk", [](auto& host) { host.data.file_system = "nfs"; }, Level::failed, "data", "nfs"},
        {"hardly any space", [](auto& host) { host.data.free_bytes = std::uint64_t{99} << 20; }, Level::failed, "disk", "99 MiB"},
        {"little space", [](auto& host) { host.data.free_bytes = std::uint64_t{1023} << 20; }, Level::warning, "disk", "1023 MiB"},
        {"a readable disk", [](auto& host) { host.data.encrypted = io::Encryption::no; }, Level::warning, "encryption", "not encrypted"},
        {"an unknown disk", [](auto& host) { host.data.encrypted = io::Encryption::unknown; }, Level::note, "encryption", "does not tell"},
        {"no ICMP", [](auto& host) { host.icmp.unprivileged = false; }, Level::note, "icmp", "no ICMP socket"},
        {"few descriptors", [](auto& host) { host.descriptors = 256; }, Level::warning, "descriptors", "256"},
        {"a missing secret", [](auto& host) { host.secrets["/etc/hinomi/relay"] = {}; }, Level::failed, "secrets", "/etc/hinomi/relay"},
        {"an open secret", [](auto& host) { host.secrets["/etc/hinomi/relay"] = {.exists = true, .owner = 0, .mode = 0644}; },
         Level::warning, "secrets", "0644"},
        {"an unreadable secret", [](auto& host) { host.secrets["/etc/hinomi/relay"] = {.exists = true, .mode = 0400, .unreadable = true}; },
         Level::failed, "secrets", "cannot be read by this user"},
        {"an empty secret", [](auto& host) { host.secrets["/etc/hinomi/relay"] = {.exists = true, .mode = 0400, .empty = true}; },
         Level::failed, "secrets", "is empty"},
        {"secrets of the unit", [](auto& host) { host.secrets_elsewhere = {"credential:db", "env:HOOK"}; }, Level::note, "secrets",
         "credential:db, env:HOOK"},
        {"no backup", [](auto& host) { host.last_backup.reset(); }, Level::warning, "backup", "there is none in"},
        {"an old backup", [](auto& host) { host.last_backup = host.now - std::chrono::hours{49}; }, Level::failed, "backup", "old"},
        {"a key that is not the certificate's", [](auto& host) { host.administration->error = "the key does not belong to it"; },
         Level::failed, "administration", "does not belong"},
        {"a key that only the unit has", [](auto& host) { host.administration->key_elsewhere = true; }, Level::note, "administration",
         "credential"},
        {"an expired certificate", [](auto& host) { host.administration->valid_until = host.now; }, Level::failed, "administration",
         "/etc/hinomi/server.pem has expired"},
        {"a certificate about to expire", [](auto& host) { host.administration->valid_until = host.now + std::chrono::days{13}; },
         Level::warning, "administration", "expires in 13 days"},
        {"a dead relay",
         [](auto& host) {
             host.relays[1].answer.reason = model::Reason::refused;
             host.relays[1].answer.error = "connection refused";
         },
         Level::failed, "relay", "relay2:587: connection refused"},
        {"a relay whose certificate expires",
         [](auto& host) {
             const auto until = host.now + std::chrono::days{13};
             host.relays[1].answer.tls.version = "TLSv1.3";
             host.relays[1].answer.tls.not_after = std::chrono::floor<std::chrono::seconds>(until).time_since_epoch().count();
         },
         Level::warning, "relay", "relay2:587 expires in 13 days"},
        {"one relay", [](auto& host) { host.relays.pop_back(); }, Level::warning, "relay", "only one"},
        {"a silent name server", [](auto& host) { host.name_servers[0].answers = false; }, Level::warning, "names", "192.0.2.53"},
        {"no name server", [](auto& host) { host.name_servers.clear(); }, Level::note, "names", "not cross-checked"},
    };
    for (const auto& each : cases) {
        auto host = sound_host();
        each.change(host);
        std::vector<Finding> bad;
        for (const auto& finding : diagnose(settings_of_a_provider(), host)) {
            if (finding.level != Level::ok) bad.push_back(finding);
        }
        ASSERT_EQ(bad.size(), 1U) << each.name << ":\n" << as_text(bad);
        EXPECT_EQ(bad[0].level, each.level) << each.name;
        EXPECT_EQ(bad[0].check, each.check) << each.name;
        EXPECT_NE(bad[0].what.find(each.says), std::string::npos) << each.name << ": " << bad[0].what;
        EXPECT_FALSE(bad[0].remedy.empty()) << each.name;
        EXPECT_EQ(any_failed(bad), each.level == Level::failed) << each.name;
    }
}

TEST(Doctor, NeedsIcmpWhereItIsWatched) {
    auto settings = settings_of_a_provider();
    settings.watches.emplace_back().watch.probe_kind = std::string("icmp");
    auto host = sound_host();
    host.icmp.unprivileged = false;
    EXPECT_TRUE(any_failed(diagnose(settings, host)));
    host.icmp.raw = true;
    EXPECT_FALSE(any_failed(diagnose(settings, host)));
}

TEST(Doctor, TellsPeopleAndPrograms) {
    const std::vector<Finding> findings{{Level::ok, "clock", "synchronised within 3 ms", ""},
                                        {Level::failed, "relay", "relay1:465: \"no\"", "Look at the relay"}};
    EXPECT_EQ(as_text(findings),
              "ok       clock         synchronised within 3 ms\n"
              "FAILED   relay         relay1:465: \"no\"\n"
              "                       Look at the relay\n");
    const auto answer = as_answer(findings);
    EXPECT_EQ(answer.exit_code, exit_failed);
    EXPECT_EQ(answer.rows.at(1)["level"], "failed");
    EXPECT_EQ(answer.rows.at(1)["what"], "relay1:465: \"no\"");
    EXPECT_EQ(as_answer({findings[0]}).exit_code, exit_ok);
}

TEST(Doctor, LooksAtThisVeryMachine) {
    config::Settings settings;
    settings.data_directory = "/nonexistent/hinomi";
    settings.references = std::vector<std::string>{};
    config::RelaySettings nobody;
    nobody.host = "127.0.0.1";
    nobody.port = 1;
    settings.relays.push_back(nobody);
    const auto findings =
        consult_doctor(settings, {{.kind = config::SecretReference::Kind::file, .name = "/nonexistent/db", .position = {}}});
    EXPECT_TRUE(any_failed(findings));
    const auto text = as_text(findings);
    EXPECT_NE(text.find("/nonexistent/hinomi is not there"), std::string::npos) << text;
    EXPECT_NE(text.find("127.0.0.1:1: "), std::string::npos) << text;
    EXPECT_NE(text.find("/nonexistent/db is not there"), std::string::npos) << text;
}

/// Answers what the test says, and remembers what was asked.
class ScriptedExchange final : public io::StreamExchange {
public:
    asio::awaitable<io::StreamResponse> exchange(io::StreamRequest request) override {
        asked.push_back(std::move(request));
        co_return answer;
    }
    std::vector<io::StreamRequest> asked;
    io::StreamResponse answer;
};

asio::awaitable<void> examine_into(config::Settings settings, io::StreamExchange& streams, io::Resolver& resolver, HostExamination& host) {
    host = co_await examine(std::move(settings), {}, streams, resolver);
}

/// The examination of a machine with this one relay.
HostExamination examined(const config::RelaySettings& relay, io::StreamExchange& streams) {
    config::Settings settings;
    settings.references = std::vector<std::string>{};
    settings.relays = {relay};
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    io::AresResolver resolver(context.get_executor(), clock);
    HostExamination host;
    io::spawn(context.get_executor(), examine_into(settings, streams, resolver, host), [&](std::exception_ptr) { context.stop(); });
    context.run();
    return host;
}

TEST(Doctor, VerifiesTheCertificateOfARelayAlsoBehindStarttls) {
    config::RelaySettings relay;
    relay.host = "relay1.example.jp";
    relay.port = 587;
    relay.ca_file = "/etc/ssl/own.pem";
    relay.security = config::RelaySettings::Security::starttls;
    ScriptedExchange streams;
    auto host = examined(relay, streams);
    ASSERT_EQ(streams.asked.size(), 1U);
    const auto& request = streams.asked[0];
    EXPECT_FALSE(request.use_tls);
    EXPECT_TRUE(request.tls.verify);
    EXPECT_FALSE(request.tls.inspect) << "a certificate that does not verify ends it";
    EXPECT_EQ(request.tls.ca_file, "/etc/ssl/own.pem");
    ASSERT_EQ(request.steps.size(), 3U);
    EXPECT_TRUE(request.steps[0].complete("220-hello\r\n220 relay1 ESMTP\r\n"));
    EXPECT_FALSE(request.steps[0].complete("220-hello\r\n"));
    EXPECT_EQ(request.steps[0].send, "EHLO localhost\r\n");
    EXPECT_TRUE(request.steps[1].complete("250-relay1\r\n250 STARTTLS\r\n"));
    EXPECT_FALSE(request.steps[1].complete("250-relay1\r\n250 START"));
    EXPECT_EQ(request.steps[1].send, "STARTTLS\r\n");
    EXPECT_TRUE(request.steps[2].complete("220 go\r\n"));
    EXPECT_FALSE(request.steps[2].complete("502 what\r\n"));
    EXPECT_TRUE(request.steps[2].start_tls);

    streams.answer.reason = model::Reason::not_expected;
    streams.answer.received = "502 what\r\n";
    host = examined(relay, streams);
    EXPECT_NE(host.relays.at(0).answer.error.find("STARTTLS does not begin; it said \"502 what"), std::string::npos)
        << host.relays.at(0).answer.error;
    relay.security = config::RelaySettings::Security::tls;
    examined(relay, streams);
    EXPECT_TRUE(streams.asked.back().use_tls && streams.asked.back().steps.empty());
}

TEST(Doctor, KnowsTheSecretsOfWatchesEachOnce) {
    fakes::OneFile files(
        "services: {web: {}}\nassets: {a: {kind: server, service: web}}\nwatches:\n"
        "  - asset: a\n"
        "    liveness: {target: \"https://www.example.jp\", bearer: \"file:/run/token\"}\n"
        "    fault: {target: \"https://www.example.jp\", basic: {username: u, password: \"credential:web\"}}\n"
        "    performance: {target: \"https://www.example.jp\", bearer: \"file:/run/token\", slower_than: {p95: 1s}}\n"
        "staff: {manager: [{email: a@b.example}], on_call: [{email: a@b.example}]}\n"
        "relays: [{smtp: \"smtp://127.0.0.1\", from: a@b.example}]\n"
        "tenants: [{name: t, services: [web], contacts: [{email: t@t.example}]}]\n");
    config::Problems problems;
    const auto loaded = load_configuration("hinomi.yaml", files, problems);
    for (const auto& problem : problems) ADD_FAILURE() << config::describe(problem);
    ASSERT_TRUE(loaded);
    std::vector<std::string> names;
    for (const auto& reference : secrets_of_watches(loaded->watches)) names.push_back(reference.name);
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"/run/token", "web"}));
}

} // namespace
} // namespace hinomi

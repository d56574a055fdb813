#include "probes/registry.hpp"

#include "probes/detail.hpp"
#include "probes/dns_probe.hpp"
#include "probes/http_settings.hpp"
#include "probes/icmp_probe.hpp"
#include "probes/stream_settings.hpp"
#include "tests/probes/watch_block.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

namespace {

struct Described {
    config::Problems problems;
    std::optional<config::TargetFacts> facts;
    explicit Described(const std::string& target) {
        facts = probes::describe_target(config::parse("'" + target + "'", "a.yaml", problems), problems);
    }
};

TEST(Registry, ChoosesTheKindByTheScheme) {
    struct Row {
        std::string target;
        std::string kind;
        std::string destination;
        bool loopback;
    };
    const std::vector<Row> rows{{"https://Portal.Example.jp/x", "http", "portal.example.jp:443", false},
                                {"http://localhost", "http", "localhost:80", true},
                                {"http://[::1]:8080/", "http", "[::1]:8080", true},
                                {"tcp://127.3.2.1:22", "tcp", "127.3.2.1:22", true},
                                {"tls://mail.example:465", "tls", "mail.example:465", false},
                                {"icmp://[::1]", "icmp", "::1", true},
                                {"dns://192.0.2.53/example.jp", "dns", "192.0.2.53:53", false}};
    for (const auto& row : rows) {
        const Described described(row.target);
        ASSERT_TRUE(described.facts) << row.target;
        EXPECT_EQ(described.facts->probe_kind, row.kind) << row.target;
        EXPECT_EQ(described.facts->destination, row.destination) << row.target;
        EXPECT_EQ(described.facts->loopback, row.loopback) << row.target;
    }
}

TEST(Registry, AnUnknownSchemeIsAProblemWithASuggestion) {
    const Described described("htttp://a.example");
    EXPECT_FALSE(described.facts);
    ASSERT_EQ(described.problems.size(), 1U);
    EXPECT_EQ(config::describe(described.problems[0]), "a.yaml:1:1: error: no probe knows the scheme \"htttp\". Did you mean \"http\"?");
    EXPECT_EQ(Described("ldap://a.example").problems.at(0).remedy, "Write one of: http, https, tcp, tls, icmp, dns");
    EXPECT_EQ(Described("http://u:hunter2@a.example").problems.size(), 1U);
}

/// A block with these defaults of its kind written out.
std::string with_defaults(const probes::Kind& kind, const std::string& target) {
    std::map<std::string, std::string> keys;
    for (const auto& each : kind.defaults) {
        if (!each.scheme.empty() && !target.starts_with(std::string(each.scheme) + ":")) continue;
        const auto dot = each.key.find('.');
        if (dot == std::string_view::npos) keys[std::string(each.key)] = std::string(each.value);
        else keys[std::string(each.key.substr(0, dot))] += "\n  " + std::string(each.key.substr(dot + 1)) + ": " + std::string(each.value);
    }
    std::string text = "target: " + target + "\n";
    for (const auto& [key, value] : keys) text += key + ": " + value + "\n";
    return text;
}

TEST(Registry, TheDefaultsThatAreShownAreTheOnesThatAreTaken) {
    const auto read = [](const std::string& target, bool written, auto reader) {
        const fakes::WatchBlock bare("target: " + target + "\n");
        EXPECT_EQ(bare.described(), "") << target;
        const auto* kind = probes::find_kind(*bare.settings.watch.probe_kind);
        const fakes::WatchBlock block(written ? with_defaults(*kind, target) : "target: " + target + "\n");
        EXPECT_EQ(block.described(), "") << with_defaults(*kind, target);
        config::Problems problems;
        return reader(block.settings, problems).value();
    };
    for (const std::string target : {"http://a.example", "https://a.example"}) {
        const auto seen = [&](bool written) {
            const auto made = read(target, written, probes::read_http_settings);
            const auto& request = made.request;
            return std::tuple(request.method, probes::shown(made.expect.statuses), request.redirects, request.version, request.tls.verify,
                              request.body_limit, request.header_limit);
        };
        EXPECT_EQ(seen(/*written=*/true), seen(/*written=*/false));
    }
    const auto of_tls = [&](bool written) { return read("tls://a.example:1", written, probes::read_stream_settings).tls.options; };
    EXPECT_EQ(of_tls(/*written=*/true), of_tls(/*written=*/false));
    const auto of_icmp = [&](bool written) {
        const auto made = read("icmp://a.example", written, probes::read_icmp_settings);
        return std::tuple(made.request.count, made.request.spacing, made.request.payload, made.loss_at_most);
    };
    EXPECT_EQ(of_icmp(/*written=*/true), of_icmp(/*written=*/false));
    const auto of_dns = [&](bool written) {
        const auto made = read("dns://192.0.2.1/a.example", written, probes::read_dns_settings);
        return std::tuple(made.question.type, made.by_tcp, made.question.recursion, made.code, made.at_least);
    };
    EXPECT_EQ(of_dns(/*written=*/true), of_dns(/*written=*/false));
}

TEST(Registry, NoSchemeOrNameIsServedTwice) {
    std::set<std::string_view> names;
    std::set<std::string_view> schemes;
    for (const auto& kind : probes::kinds()) {
        EXPECT_TRUE(names.insert(kind.name).second);
        EXPECT_EQ(probes::find_kind(kind.name), &kind);
        for (const auto scheme : kind.schemes) EXPECT_TRUE(schemes.insert(scheme).second) << scheme;
    }
    EXPECT_EQ(probes::find_kind("gopher"), nullptr);
}

TEST(Registry, ChecksABlockWhoseProbeIsNotMade) {
    fakes::WatchBlock watch("{target: 'http://a', colour: red}");
    config::Problems problems;
    probes::check_watch(watch.settings, problems);
    EXPECT_EQ(problems.size(), 1U);
}

TEST(Sample, EveryWatchOfTheSampleFileMakesAProbe) {
    std::ifstream stream(std::filesystem::path(HINOMI_SOURCE_DIR) / "config/examples/hinomi.yaml");
    std::ostringstream text;
    text << stream.rdbuf();
    config::Problems problems;
    const auto settings = config::load({{"hinomi.yaml", text.str()}}, "host", probes::describe_target, problems);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->watches.size(), 4U);
    for (const auto& watch : settings->watches)
        EXPECT_NE(probes::find_kind(*watch.watch.probe_kind)->make(watch, problems), nullptr) << watch.watch.id;
    EXPECT_TRUE(problems.empty());
}

TEST(Detail, NeverShowsWhatLooksLikeASecret) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"Authorization: Bearer abc.def", "Authorization: [redacted]"},
        {"{\"token\":\"hunter2\",\"a\":1}", "{\"token\":\"[redacted]\",\"a\":1}"},
        {"sent Bearer hunter2hunter2 to", "sent Bearer [redacted] to"},
        {"db_password=hunter2&x=1", "db_password=[redacted]&x=1"},
        {"API-Key: hunter2", "API-Key: [redacted]"},
        {"postgresql://u:hunter2@db/x", "postgresql://[redacted]@db/x"},
        {"Set-Cookie: id=hunter2; Path=/", "Set-Cookie: [redacted]"},
        {"all is well", "all is well"},
    };
    for (const auto& [text, expected] : rows) {
        EXPECT_EQ(probes::detail_of(text), expected);
        EXPECT_EQ(probes::excerpt_of(text), expected);
    }
}

TEST(Detail, IsOneCleanLineOfBoundedLength) {
    EXPECT_EQ(probes::detail_of("a\x1b[31m\tb\xff\xc2\x9b"
                                "c\x7f"),
              "a[31m b\xEF\xBF\xBD"
              "c");
    const std::string japanese = "火の見櫓";
    std::string text;
    while (text.size() < 10'000) text += japanese;
    const auto detail = probes::detail_of(text);
    EXPECT_LE(detail.size(), 4'096U);
    EXPECT_GT(detail.size(), 4'080U);
    EXPECT_EQ(detail.substr(detail.size() - 3), "\xE2\x80\xA6");
    EXPECT_EQ(probes::detail_of(detail), detail);
    EXPECT_LE(probes::excerpt_of(text).size(), 500U);
}

} // namespace

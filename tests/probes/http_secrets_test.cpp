#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace {

using fakes::WatchBlock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

/// Secrets by the name of their reference.
struct Vault {
    std::map<std::string, std::string> secrets{{"password", "open sesame"},
                                               {"token", "t0ken"},
                                               {"two", "two\nlines"},
                                               {"key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"}};
    probes::ReadSecret read = [this](const config::SecretReference& reference, config::Problems& problems) -> std::optional<std::string> {
        const auto found = secrets.find(reference.name);
        if (found != secrets.end()) return found->second;
        problems.push_back({reference.position, "no such secret", "Store it"});
        return std::nullopt;
    };
};

TEST(HttpSecrets, LoginsBecomeHeadersOnlyWhenTheSecretsAreRead) {
    const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> cases{
        {"basic: {username: aladdin, password: 'credential:password'}", {"Authorization", "Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
        {"bearer: 'env:token'", {"Authorization", "Bearer t0ken"}},
        {"secret_headers: {X-Api-Key: 'credential:token'}", {"X-Api-Key", "t0ken"}},
    };
    Vault vault;
    for (const auto& [key, header] : cases) {
        const WatchBlock watch("target: 'https://a.example/'\n" + key + "\n");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::ProbeEffectsScript effects;
        effects.observe(*watch.probe);
        EXPECT_THAT(effects.http.requests.at(0).secret_headers, IsEmpty());
        config::Problems problems;
        const auto complete = watch.probe->with_secrets(vault.read, problems);
        ASSERT_NE(complete, nullptr) << key;
        effects.observe(*complete);
        EXPECT_THAT(effects.http.requests.at(1).secret_headers, ElementsAre(Pair(header.first, header.second))) << key;
        EXPECT_THAT(effects.http.requests.at(1).headers, IsEmpty());
    }
}

TEST(HttpSecrets, ProxyAndClientCertificateTakeTheirs) {
    const WatchBlock watch(
        "target: 'https://a.example/'\nproxy: {url: 'http://proxy.example:3128', username: u, password: 'env:token'}\n"
        "tls: {certificate_file: /etc/me.pem, key: 'credential:key'}\n");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    Vault vault;
    config::Problems problems;
    const auto complete = watch.probe->with_secrets(vault.read, problems);
    ASSERT_NE(complete, nullptr);
    EXPECT_TRUE(problems.empty());
    fakes::ProbeEffectsScript effects;
    effects.observe(*complete);
    const auto& request = effects.http.requests.at(0);
    ASSERT_NE(request.proxy, nullptr);
    EXPECT_EQ(request.proxy->url, "http://proxy.example:3128");
    EXPECT_EQ(request.proxy->username, "u");
    EXPECT_EQ(request.proxy->password, "t0ken");
    EXPECT_EQ(request.tls.certificate_file, "/etc/me.pem");
    EXPECT_THAT(request.tls.key, HasSubstr("BEGIN PRIVATE KEY"));
}

TEST(HttpSecrets, AProbeWithoutSecretsStaysAsItIs) {
    const WatchBlock watch("{target: 'https://a.example/'}");
    Vault vault;
    config::Problems problems;
    EXPECT_EQ(watch.probe->with_secrets(vault.read, problems), nullptr);
}

TEST(HttpSecrets, ASecretThatIsMissingOrUnfitIsAProblemThatDoesNotShowIt) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"bearer: 'env:nothing'", "a.yaml:2:9: error: no such secret. Store it\n"},
        {"bearer: 'env:two'",
         "a.yaml:2:9: error: the secret holds a line break or control character. Write it in one line, without a tab\n"},
        {"tls: {certificate_file: /etc/me.pem, key: 'env:token'}",
         "a.yaml:2:43: error: the client's key is not in PEM. Store a text with BEGIN PRIVATE KEY in it\n"},
    };
    Vault vault;
    for (const auto& [key, described] : cases) {
        const WatchBlock watch("target: 'https://a.example/'\n" + key + "\n");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        config::Problems problems;
        watch.probe->with_secrets(vault.read, problems);
        std::string text;
        for (const auto& problem : problems) text += config::describe(problem) + "\n";
        EXPECT_EQ(text, described);
    }
}

TEST(HttpSecrets, WhatDoesNotFitIsRefusedWithItsPlace) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{target: 'https://a', bearer: hunter2}",
         "a.yaml:1:31: error: a secret must not stand in the configuration. Write credential:NAME (systemd's LoadCredential), file:PATH or "
         "env:NAME\n"},
        {"{target: 'https://a', bearer: 'env:a', basic: {username: u, password: 'env:p'}}",
         "a.yaml:1:23: error: there are two kinds of login. Keep basic or bearer\n"},
        {"{target: 'https://a', basic: {username: u}}",
         "a.yaml:1:30: error: the key \"password\" is missing. Write basic: {username: NAME, password: \"credential:NAME\"}\n"},
        {"{target: 'https://a', basic: {username: 'u:v', password: 'env:p'}}",
         "a.yaml:1:41: error: a user name of basic authentication holds no colon. Correct the name\n"},
        {"{target: 'http://a', bearer: 'env:a'}",
         "a.yaml:1:10: error: the secret of this watch would travel in clear text. Write https:// in the target\n"},
        {"{target: 'https://a', tls: {certificate_file: /a.pem}}",
         "a.yaml:1:28: error: a client certificate is a certificate_file and its key. Write both: certificate_file: PATH and key: "
         "credential:NAME, file:PATH or env:NAME (PEM)\n"},
        {"{target: 'https://a', proxy: 'ftp://p:1'}", "a.yaml:1:30: error: the scheme \"ftp\" is not known here. Did you mean \"http\"?\n"},
        {"{target: 'https://a', proxy: 'http://p'}", "a.yaml:1:30: error: a proxy is a host and a port. Write http://HOST:PORT\n"},
        {"{target: 'https://a', proxy: {url: 'http://p:1', username: u}}",
         "a.yaml:1:30: error: a login at a proxy is a username and a password. Write both, the password as credential:NAME\n"},
        {"{target: 'https://a', ip_version: 5}", "a.yaml:1:35: error: \"5\" is not known here. Write one of: 4, 6\n"},
        {"{target: 'https://a', http_version: 3}", "a.yaml:1:37: error: \"3\" is not known here. Write one of: 1.1, 2\n"},
        {"{target: 'https://a', limits: {body: 64K}}",
         "a.yaml:1:38: error: \"64K\" is no size from 1B to 16MiB. Write a whole number with a unit: 512B, 64KiB, 1MiB\n"},
        {"{target: 'https://a', limits: {body: 17MiB}}",
         "a.yaml:1:38: error: \"17MiB\" is no size from 1B to 16MiB. Write a whole number with a unit: 512B, 64KiB, 1MiB\n"},
        {"{target: 'https://a', redirects: {other_hosts: false}}",
         "a.yaml:1:34: error: the key \"follow\" is missing. Write redirects: {follow: 3, other_hosts: false}\n"},
    };
    for (const auto& [block, described] : cases) {
        const WatchBlock watch(block);
        EXPECT_EQ(watch.described(), described) << block;
        EXPECT_EQ(watch.probe, nullptr) << block;
    }
}

TEST(HttpSettings, HandOverFamilyVersionLimitsAndRedirects) {
    const WatchBlock watch(
        "target: 'https://a.example/'\nip_version: 6\nhttp_version: 2\nlimits: {body: 64KiB, headers: 8KiB}\n"
        "redirects: {follow: 2, other_hosts: false}\nproxy: 'socks5://[::1]:1080'\n");
    ASSERT_NE(watch.probe, nullptr) << watch.described();
    fakes::ProbeEffectsScript effects;
    effects.http.answer.status = 200;
    const auto observation = effects.observe(*watch.probe);
    EXPECT_EQ(observation.detail, "HTTP 200 came by HTTP/1.1, expected HTTP/2");
    const auto& request = effects.http.requests.at(0);
    EXPECT_EQ(request.family, io::AddressFamily::ipv6);
    EXPECT_EQ(request.version, io::HttpVersion::http2);
    EXPECT_EQ(request.body_limit, 65'536U);
    EXPECT_EQ(request.header_limit, 8'192U);
    EXPECT_EQ(request.redirects, 2U);
    EXPECT_FALSE(request.redirects_to_other_hosts);
    ASSERT_NE(request.proxy, nullptr);
    EXPECT_EQ(request.proxy->url, "socks5://[::1]:1080");
}

} // namespace

#include "tests/fakes/nginx.hpp"

#include "tests/fakes/real_probe_effects.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/io/certificates.hpp"
#include "tests/probes/watch_block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using fakes::WatchBlock;
using model::Reason;
using testing::StartsWith;

constexpr long day = 86'400;

/// Every secret is the text of a file.
std::optional<std::string> from_file(const config::SecretReference& reference, config::Problems&) {
    std::ostringstream text;
    text << std::ifstream(reference.name).rdbuf();
    return text.str();
}

/// One look at a real server by what an operator writes.
model::Observation look(const std::string& block) {
    const WatchBlock watch(block);
    EXPECT_NE(watch.probe, nullptr) << watch.described();
    if (watch.probe == nullptr) return {};
    config::Problems problems;
    auto complete = watch.probe->with_secrets(from_file, problems);
    EXPECT_TRUE(problems.empty());
    fakes::RealProbeEffects effects;
    return effects.observe(complete ? *complete : *watch.probe);
}

TEST(Nginx, AnswersWhatAWatchAsks) {
    const fakes::Nginx server(R"(
        location /json { default_type application/json; return 200 '{"db": "ok", "depth": 3}'; }
        location /method { return 200 "$request_method $http_x_probe $content_length"; }
        location /login { if ($http_authorization != "Basic YTpi") { return 401; } return 200 in; }
        location /token { if ($http_authorization != "Bearer t0ken") { return 401; } return 200 in; }
        location /key { return 200 "$http_x_api_key"; }
        location /to { return 302 /json; }
        location /loop { return 302 /loop; }
        location /away { return 302 http://localhost:$server_port/key; }
        location /big { return 200 "0123456789012345678901234567890123456789"; })");
    const fakes::TemporaryFolder folder;
    const auto password = folder.write("password", "b");
    const auto token = folder.write("token", "t0ken");
    struct Row {
        std::string path;
        std::string keys;
        Reason reason;
        std::string detail;
    };
    const std::vector<Row> rows{
        {"/json", "expect: {json: {/db: ok, /depth: {below: 5}}, headers: {Content-Type: application/json}}", Reason::none, "HTTP 200"},
        {"/json", "expect: {json: {/depth: {below: 3}}}", Reason::bad_body, "HTTP 200, but /depth is 3, expected below 3"},
        {"/method", "method: POST\nbody: abc\nheaders: {X-Probe: hinomi}\nexpect: {body_matches: '^POST hinomi 3$'}", Reason::none,
         "HTTP 200"},
        {"/method", "method: DELETE\nexpect: {body_contains: DELETE}", Reason::none, "HTTP 200"},
        {"/login", "expect: {status: '200, 401'}", Reason::none, "HTTP 401"},
        {"/login", "basic: {username: a, password: 'file:" + password + "'}", Reason::none, "HTTP 200"},
        {"/token", "bearer: 'file:" + token + "'", Reason::none, "HTTP 200"},
        {"/key", "secret_headers: {X-Api-Key: 'file:" + token + "'}\nexpect: {body_contains: t0ken}", Reason::none, "HTTP 200"},
        {"/to", "", Reason::bad_status, "HTTP 302, expected 200-299"},
        {"/to", "redirects: 1\nexpect: {json: {/db: ok}}", Reason::none, "HTTP 200"},
        {"/loop", "redirects: 3", Reason::protocol_error, "more than 3 redirects"},
        {"/away", "redirects: {follow: 3, other_hosts: false}", Reason::protocol_error, "redirected to another host, localhost"},
        {"/away", "redirects: 3\nsecret_headers: {X-Api-Key: 'file:" + token + "'}\nexpect: {body_not_contains: t0ken}", Reason::none,
         "HTTP 200"},
        {"/big", "limits: {body: 39B}\nexpect: {body_contains: '9'}", Reason::too_large, ""},
        {"/big", "limits: {body: 40B}\nexpect: {body_contains: '9'}", Reason::none, "HTTP 200"},
        {"/big", "limits: {headers: 20B}", Reason::too_large, ""},
        {"/big", "ip_version: 6", Reason::name_not_found, "127.0.0.1 is not an address of the wanted family"},
    };
    for (const auto& row : rows) {
        const auto observation = look("target: '" + server.url(row.path) + "'\n" + row.keys + "\n");
        EXPECT_EQ(observation.reason, row.reason) << row.path << ' ' << row.keys << ' ' << observation.detail;
        EXPECT_THAT(observation.detail, StartsWith(row.detail)) << row.path << ' ' << row.keys;
    }
}

TEST(Nginx, SpeaksHttp2WhenAsked) {
    const std::string location = "location / { return 200 \"$server_protocol\"; }";
    const fakes::Nginx both(location, "http2");  // in clear text: known beforehand
    EXPECT_EQ(look("target: '" + both.url("/") + "'\nhttp_version: 2\nexpect: {body_contains: HTTP/2.0}").detail, "HTTP 200");
    const fakes::TemporaryFolder folder;
    const auto authority = make_authority("test authority");
    const auto own = make_certificate(authority, "IP:127.0.0.1", -day, 30 * day);
    const auto ssl = "ssl_certificate " + folder.write("own.pem", own.certificate) + ";\nssl_certificate_key " +
                     folder.write("own.key", own.key) + ";\n" + location;
    const auto trust = "\ntls: {ca_file: " + folder.write("ca.pem", authority.certificate) + "}\nhttp_version: 2\n";
    const fakes::Nginx second(ssl, "ssl http2");
    const auto seen =
        look("target: 'https://127.0.0.1:" + std::to_string(second.port()) + "/'" + trust + "expect: {body_contains: HTTP/2.0}");
    EXPECT_EQ(seen.detail, "HTTP 200");
    EXPECT_GT(seen.certificate_not_after, 0);
    const fakes::Nginx first(ssl, "ssl");
    const auto refused = look("target: 'https://127.0.0.1:" + std::to_string(first.port()) + "/'" + trust);
    EXPECT_EQ(refused.detail, "HTTP 200 came by HTTP/1.1, expected HTTP/2");
}

TEST(Nginx, IsAskedThroughAProxy) {
    const fakes::Nginx server("location / { return 200 \"by $http_via\"; }");
    const fakes::Nginx proxy(R"(location / {
        if ($http_proxy_authorization != "Basic dTpw") { return 407; }
        proxy_set_header Via proxy; proxy_pass http://$http_host$request_uri; })");
    const fakes::TemporaryFolder folder;
    const auto login = ", username: u, password: 'file:" + folder.write("password", "p") + "'";
    const auto block = [&](const std::string& more) {
        return "target: '" + server.url("/x") + "'\nproxy: {url: '" + proxy.url("") + "'" + more + "}\nexpect: {body_contains: by proxy}\n";
    };
    EXPECT_EQ(look(block(login)).detail, "HTTP 200");
    EXPECT_EQ(look(block("")).status, 407);
    const auto tunnel = look("target: 'https://127.0.0.1:" + std::to_string(server.port()) + "/'\nproxy: '" + proxy.url("") + "'\n");
    EXPECT_EQ(tunnel.reason, Reason::no_route) << "nginx makes no tunnels: the target has not been reached";
    EXPECT_THAT(tunnel.detail, StartsWith("the proxy does not let us through"));
    const auto gone = look("target: '" + server.url("/") + "'\nproxy: 'http://127.0.0.1:1'\n");
    EXPECT_EQ(gone.reason, Reason::no_route);
    EXPECT_EQ(gone.outcome, model::Outcome::silent);
}

class Certificates : public testing::Test {
protected:
    /// What a tls server shows with this certificate, and how its client is to trust.
    std::string server(const Certificate& own, const std::string& more = "") {
        const auto name = std::to_string(servers_.size());
        servers_.push_back(std::make_unique<fakes::Nginx>(
            "ssl_protocols TLSv1.2 TLSv1.3;\nssl_certificate " + folder_.write(name + ".pem", own.certificate) + ";\nssl_certificate_key " +
                folder_.write(name + ".key", own.key) + ";\n" + more + "\nlocation / { return 200 in; }",
            "ssl"));
        return "127.0.0.1:" + std::to_string(servers_.back()->port());
    }

    fakes::TemporaryFolder folder_;
    Certificate authority_ = make_authority("test authority");
    std::string trusted_ = folder_.write("ca.pem", authority_.certificate);
    std::vector<std::unique_ptr<fakes::Nginx>> servers_;
};

TEST_F(Certificates, AreMeasuredWhetherValidOrNot) {
    const auto good = server(make_certificate(authority_, "IP:127.0.0.1,DNS:portal.example", -day, 30 * day + 60));
    const auto expired = server(make_certificate(authority_, "IP:127.0.0.1", -20 * day, -3 * day));
    const auto other = server(make_certificate(authority_, "DNS:other.example", -day, 30 * day + 60));
    const auto tls = ", tls: {ca_file: " + trusted_;
    const std::string shown = "; TLSv1.3, CN=test server by CN=test authority until ";
    struct Row {
        std::string address;
        std::string keys;
        Reason reason;
        std::string begins;
        std::string ends;
    };
    const std::vector<Row> rows{
        {good, tls + "}, certificate: {days_left: 30, names: [127.0.0.1, portal.example], issuer_contains: test authority}", Reason::none,
         "connected to " + good + shown, " (30 days)"},
        {good, tls + "}, certificate: {days_left: 31}", Reason::certificate_invalid, "the certificate of CN=test server ends in 30 days",
         " (30 days)"},
        {good, ", tls: {verify: false}", Reason::none, "connected to " + good, " (30 days)"},
        {good, "", Reason::certificate_invalid, "the certificate is not valid: unable to get local issuer certificate", " (30 days)"},
        {good, tls + ", server_name: portal.example}", Reason::none, "connected to ", " (30 days)"},
        {expired, tls + "}", Reason::certificate_invalid, "the certificate is not valid: certificate has expired" + shown, " (-3 days)"},
        {other, tls + "}", Reason::certificate_invalid, "the certificate is not valid: IP address mismatch" + shown,
         " (30 days), for other names"},
        {other, ", tls: {verify: false}", Reason::none, "connected to ", " (30 days), for other names"},
    };
    for (const auto& row : rows) {
        const auto observation = look("{target: 'tls://" + row.address + "'" + row.keys + "}");
        EXPECT_EQ(observation.reason, row.reason) << row.keys << observation.detail;
        EXPECT_THAT(observation.detail, StartsWith(row.begins)) << row.keys;
        EXPECT_THAT(observation.detail, testing::EndsWith(row.ends)) << row.keys;
        EXPECT_GT(observation.certificate_not_after, 0) << row.keys;
    }
}

TEST_F(Certificates, NothingIsSaidToAnImpostor) {
    const auto address = server(make_certificate(authority_, "IP:127.0.0.1", -day, day));
    const std::string talk = "send: \"GET / HTTP/1.0\\r\\n\\r\\n\"\nexpect: {matches: '^HTTP/1.1 200'}\n";
    const auto trusted = look("target: 'tls://" + address + "'\n" + talk + "tls: {ca_file: " + trusted_ + "}\n");
    EXPECT_EQ(trusted.reason, Reason::none) << trusted.detail;
    const auto impostor = look("target: 'tls://" + address + "'\n" + talk);
    EXPECT_EQ(impostor.reason, Reason::certificate_invalid);
}

TEST_F(Certificates, AClientShowsItsOwn) {
    const auto mine = make_certificate(authority_, "DNS:hinomi", -day, day);
    const auto address = server(make_certificate(authority_, "IP:127.0.0.1", -day, day),
                                "ssl_verify_client on;\nssl_client_certificate " + trusted_ + ";\n");
    const auto tls = "tls: {ca_file: " + trusted_ + ", certificate_file: " + folder_.write("mine.pem", mine.certificate) +
                     ", key: 'file:" + folder_.write("mine.key", mine.key) + "'}\n";
    EXPECT_EQ(look("target: 'https://" + address + "/'\n" + tls).detail, "HTTP 200");
    EXPECT_EQ(look("target: 'https://" + address + "/'\nredirects: 1\n" + tls).detail, "HTTP 200") << "by the other engine";
    EXPECT_EQ(look("target: 'https://" + address + "/'\ntls: {ca_file: " + trusted_ + "}\n").status, 400);
}

} // namespace

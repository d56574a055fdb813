#include "io/instant.hpp"
#include "io/system_random.hpp"
#include "tests/io/certificates.hpp"
#include "tests/io/stream_exchange_fixture.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using exchange_test::asking;
using exchange_test::read_some;
using exchange_test::StreamExchange;
using model::Reason;

asio::awaitable<void> read_and_write(tcp::socket socket, std::string text) {
    co_await read_some(socket);
    co_await asio::async_write(socket, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> handshake_and_write(tcp::socket socket, std::shared_ptr<asio::ssl::context> context, std::string text) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *context);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    if (!error) co_await asio::async_write(stream, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
    co_await read_some(stream.next_layer());
}

class TlsExchange : public StreamExchange {
public:
    TlsExchange() {
        std::filesystem::create_directories(folder);
        write("ca.pem", authority.certificate);
        write("other.pem", make_authority("another authority").certificate);
    }
    ~TlsExchange() override { std::filesystem::remove_all(folder); }

protected:
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }

    void serve_tls(const Certificate& certificate) {
        auto server = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
        server->use_certificate_chain(asio::buffer(certificate.certificate));
        server->use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
        serve([server](tcp::socket socket) { return handshake_and_write(std::move(socket), server, "+OK ready\r\n"); });
    }
    [[nodiscard]] io::StreamRequest request(const std::string& host) const {
        auto asked = asking("", "+OK");
        asked.host = host;
        asked.use_tls = true;
        asked.tls.ca_file = folder / "ca.pem";
        return asked;
    }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("hinomi_tls_" + std::to_string(io::SystemRandom().next()));
    Certificate authority = make_authority("test authority");
    static constexpr long day = 24 * 3'600;
};

TEST_F(TlsExchange, CertificatesAreJudgedByNameAuthorityAndTime) {
    struct Case {
        const char* name;
        std::string names;
        long ends;
        io::StreamRequest request;
        Reason reason;
        std::string error;
    };
    auto unverified = request("wrong.test");
    unverified.tls.verify = false;
    auto renamed = request("127.0.0.1");
    renamed.tls.server_name = "server.test";
    auto strange = request("server.test");
    strange.tls.ca_file = folder / "other.pem";
    const Case cases[] = {
        {"good name", "DNS:server.test", day, request("server.test"), Reason::none, ""},
        {"good address", "IP:127.0.0.1", day, request("127.0.0.1"), Reason::none, ""},
        {"name handed in", "DNS:server.test", day, renamed, Reason::none, ""},
        {"wrong name", "DNS:server.test", day, request("wrong.test"), Reason::certificate_invalid, "hostname mismatch"},
        {"wrong address", "IP:127.0.0.2", day, request("127.0.0.1"), Reason::certificate_invalid, "IP address mismatch"},
        {"expired", "DNS:server.test", -60, request("server.test"), Reason::certificate_invalid, "certificate has expired"},
        {"unknown authority", "DNS:server.test", day, strange, Reason::certificate_invalid, "unable to get local issuer certificate"},
        {"not verified", "DNS:server.test", -60, unverified, Reason::none, ""},
    };
    const auto now = std::chrono::floor<std::chrono::seconds>(io::read_instant().wall).time_since_epoch().count();
    for (const auto& [name, names, ends, asked, reason, error] : cases) {
        SCOPED_TRACE(name);
        serve_tls(make_certificate(authority, names, -2 * day, ends));
        const auto response = exchange(asked);
        EXPECT_EQ(response.reason, reason) << response.error;
        EXPECT_NE(response.error.find(error), std::string::npos) << response.error;
        EXPECT_EQ(response.tls.verified, reason == Reason::none && asked.tls.verify);
        EXPECT_EQ(response.tls.version, "TLSv1.3");
        EXPECT_LE(std::abs(response.tls.not_after - (now + ends)), 10);
        EXPECT_GT(response.phases.tls.count(), 0);
        EXPECT_EQ(response.received.empty(), reason != Reason::none);
    }
}

TEST_F(TlsExchange, WhatIsNoTlsIsTlsFailed) {
    const std::string texts[] = {"220 mail.test ESMTP\r\n", ""};
    for (const auto& text : texts) {
        serve([text](tcp::socket socket) { return read_and_write(std::move(socket), text); });
        const auto response = exchange(request("server.test"));
        EXPECT_EQ(response.reason, Reason::tls_failed) << response.error;
        EXPECT_EQ(response.tls.not_after, 0);
        EXPECT_FALSE(response.tls.verified);
        EXPECT_FALSE(response.error.empty());
    }
}

TEST_F(TlsExchange, SilenceInTheHandshakeIsAResponseTimeout) {
    serve_silence();
    const auto response = exchange(request("server.test"));
    EXPECT_EQ(response.reason, Reason::response_timeout);
    EXPECT_EQ(response.error, "the TLS handshake did not end within 5000 ms");
}

TEST_F(TlsExchange, AnUnreadableAuthorityIsReportedAndTheNextExchangeReadsItAgain) {
    auto asked = request("server.test");
    asked.tls.ca_file = folder / "late.pem";
    serve_tls(make_certificate(authority, "DNS:server.test", -day, day));
    const auto response = exchange(asked);
    EXPECT_EQ(response.reason, Reason::tls_failed);
    EXPECT_NE(response.error.find("tls settings"), std::string::npos) << response.error;
    write("late.pem", authority.certificate);
    serve_tls(make_certificate(authority, "DNS:server.test", -day, day));
    EXPECT_EQ(exchange(asked).reason, Reason::none);
}

} // namespace

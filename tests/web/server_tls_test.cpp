#include "web/server_tls.hpp"

#include "io/instant.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/io/certificates.hpp"
#include "tests/web/web_client.hpp"
#include "web/server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using testing::HasSubstr;

constexpr long day = 86'400;

/// Speaks TLS on the server's loop, with a certificate or without.
class TlsClient {
public:
    TlsClient(asio::io_context& context, const tcp::endpoint& server, const Certificate& authority, const std::optional<Certificate>& mine)
        : context_(context), tls_(context_of(authority, mine)), stream_(context, tls_) {
        stream_.next_layer().connect(server);
    }

    /// Sends after the handshake; what comes until the server ends it. Empty: it was not let in.
    std::string answer_to(const std::string& bytes) {
        bool ended = false;
        stream_.async_handshake(ssl::stream_base::client, [&](error_code error) {
            if (error) {
                ended = true;
                return;
            }
            asio::async_write(stream_, asio::buffer(bytes), [](error_code, std::size_t) {});
            asio::async_read(stream_, asio::dynamic_buffer(received_), [&](error_code, std::size_t) { ended = true; });
        });
        EXPECT_TRUE(turn_until(context_, [&] { return ended; }));
        return received_;
    }

private:
    static ssl::context context_of(const Certificate& authority, const std::optional<Certificate>& mine) {
        ssl::context tls(ssl::context::tls_client);
        tls.add_certificate_authority(asio::buffer(authority.certificate));
        tls.set_verify_mode(ssl::verify_peer);
        if (!mine) return tls;
        tls.use_certificate(asio::buffer(mine->certificate), ssl::context::pem);
        tls.use_private_key(asio::buffer(mine->key), ssl::context::pem);
        return tls;
    }

    asio::io_context& context_;
    ssl::context tls_;
    ssl::stream<tcp::socket> stream_;
    std::string received_;
};

class WebServerTls : public testing::Test {
protected:
    WebServerTls() {
        router_.add("GET", "/who", [this](const web::Request& request) {
            names_ = request.certificate_names;
            return web::text_answer(200, "good evening");
        });
        keep("ca.pem", authority_.certificate);
        keep("server.pem", server_.certificate);
    }

    std::string keep(const std::string& name, const std::string& text) { return folder_.write(name, text); }

    [[nodiscard]] web::TlsFiles files() const {
        return {.certificate_file = folder_.path() / "server.pem", .key = server_.key, .client_ca_file = folder_.path() / "ca.pem"};
    }

    void start() {
        auto context = web::server_context(files());
        ASSERT_TRUE(context.has_value()) << context.error();
        web_ = std::make_unique<web::Server>(context_.get_executor(), clock_, router_, web::Limits{}, *context);
        web_->listen({tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)});
        ASSERT_TRUE(turn_until(context_, [this] { return !web_->endpoints().empty(); }));
    }

    std::string answer(const std::optional<Certificate>& mine,
                       const std::string& bytes = "GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") {
        return TlsClient(context_, web_->endpoints().front(), authority_, mine).answer_to(bytes);
    }

    asio::io_context context_{1};
    fakes::ManualClock clock_;
    web::Router router_;
    std::unique_ptr<web::Server> web_;
    fakes::TemporaryFolder folder_;
    Certificate authority_ = make_authority("test authority");
    Certificate server_ = make_certificate(authority_, "DNS:localhost,IP:127.0.0.1", -day, day);
    Certificate client_ = make_certificate(authority_, "DNS:sato.example,email:sato@provider.example", -day, day);
    std::vector<std::string> names_;
};

TEST_F(WebServerTls, KnowsAClientByItsCertificate) {
    start();
    EXPECT_THAT(answer(client_), HasSubstr("good evening"));
    EXPECT_THAT(names_, testing::IsSupersetOf({"sato.example", "sato@provider.example"}));
}

TEST_F(WebServerTls, AnswersRequestsThatCameInOneRecord) {
    start();
    const std::string one = "GET /who HTTP/1.1\r\nHost: x\r\n\r\n";
    const auto all = answer(client_, one + one + "GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::size_t answers = 0;
    for (auto place = all.find("good evening"); place != std::string::npos; place = all.find("good evening", place + 1)) ++answers;
    EXPECT_EQ(answers, 3U);
}

TEST_F(WebServerTls, HearsNobodyWithoutACertificate) {
    start();
    EXPECT_EQ(answer(std::nullopt), "");
    EXPECT_EQ(web_->counts().handshakes_failed, 1U);
}

TEST_F(WebServerTls, HearsNobodyOfAnotherAuthority) {
    start();
    const auto other = make_authority("test authority");  // of the same name
    EXPECT_EQ(answer(make_certificate(other, "DNS:sato.example", -day, day)), "");
    EXPECT_EQ(web_->counts().handshakes_failed, 1U);
    EXPECT_TRUE(names_.empty());
}

TEST_F(WebServerTls, HearsNobodyWhoseCertificateHasExpired) {
    start();
    EXPECT_EQ(answer(make_certificate(authority_, "DNS:sato.example", -2 * day, -day)), "");
    EXPECT_EQ(web_->counts().handshakes_failed, 1U);
}

TEST_F(WebServerTls, HearsNobodyInClearText) {
    start();
    WebClient client(context_, web_->endpoints().front());
    client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.until_end().find("good evening"), std::string::npos);
    EXPECT_EQ(web_->counts().handshakes_failed, 1U);
}

TEST_F(WebServerTls, OneThatSaysNothingDelaysNobodyAndIsCut) {
    start();
    WebClient silent(context_, web_->endpoints().front());
    ASSERT_TRUE(turn_until(context_, [this] { return web_->counts().open == 1; }));
    EXPECT_THAT(answer(client_), HasSubstr("good evening"));
    EXPECT_FALSE(silent.ended());
    clock_.advance(web::Limits{}.handshake);
    silent.until_end();
    EXPECT_TRUE(silent.ended());
    EXPECT_EQ(web_->counts().handshakes_failed, 1U);
}

TEST_F(WebServerTls, SaysWhichFileIsWrong) {
    auto wrong = files();
    wrong.key = client_.key;
    EXPECT_THAT(web::server_context(wrong).error(), HasSubstr("does not belong to the certificate in"));
    wrong = files();
    wrong.certificate_file = folder_.path() / "nowhere.pem";
    EXPECT_THAT(web::server_context(wrong).error(), HasSubstr("nowhere.pem cannot be used"));
    wrong = files();
    wrong.client_ca_file = keep("empty.pem", "nothing");
    EXPECT_THAT(web::server_context(wrong).error(), HasSubstr("the certificate authority in"));
    wrong = files();
    wrong.key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    EXPECT_EQ(web::server_context(wrong).error().find("c2VjcmV0"), std::string::npos);
}

TEST_F(WebServerTls, KnowsHowLongItsCertificateIsValid) {
    const auto context = web::server_context(files());
    ASSERT_TRUE(context.has_value());
    const auto until = web::valid_until(**context);
    ASSERT_TRUE(until.has_value());
    const std::chrono::duration<double> left = *until - io::read_instant().wall;
    EXPECT_NEAR(left.count(), day, 600);
}

} // namespace

#include "io/asio_stream_exchange.hpp"

#include "io/spawn.hpp"
#include "io/system_random.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/io/certificates.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace model {
void PrintTo(Reason reason, std::ostream* out) { *out << "reason " << static_cast<int>(reason); }
} // namespace model

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using model::Milliseconds;
using model::Reason;

/// Answers at once with what the test says.
struct FixedResolver final : io::Resolver {
    asio::awaitable<io::ResolveResult> resolve(std::string host, io::AddressFamily, Milliseconds) override {
        asked = host;
        co_return result;
    }
    [[nodiscard]] std::vector<std::string> servers() const override { return {}; }
    asio::awaitable<bool> server_answers(std::string, Milliseconds) override { co_return false; }

    io::ResolveResult result{.reason = Reason::none, .addresses = {"127.0.0.1"}, .took = {}, .error = {}};
    std::string asked;
};

/// To the test's own server.
io::StreamRequest asking(std::string send, std::string expect, std::size_t read_limit = 4'096) {
    io::StreamRequest request;
    request.host = "server.test";
    request.send = std::move(send);
    request.expect = std::move(expect);
    request.read_limit = read_limit;
    return request;
}

io::StreamRequest connecting_to(std::uint16_t port) {
    auto request = asking("", "");
    request.port = port;
    return request;
}

using Script = std::function<asio::awaitable<void>(tcp::socket)>;

asio::awaitable<void> serve_one(std::shared_ptr<tcp::acceptor> acceptor, Script script) {
    auto socket = co_await acceptor->async_accept(asio::use_awaitable);
    co_await script(std::move(socket));
}

asio::awaitable<void> read_some(tcp::socket& socket) {
    std::array<char, 256> buffer{};
    co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> write_and_close(tcp::socket socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> read_and_write(tcp::socket socket, std::string text) {
    co_await read_some(socket);
    co_await write_and_close(std::move(socket), text);
}

asio::awaitable<void> read_and_reset(tcp::socket socket) {
    co_await read_some(socket);
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
}

asio::awaitable<void> echo_once(tcp::socket socket) {
    std::array<char, 256> buffer{};
    const auto count = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    for (std::size_t index = 0; index < count; ++index) co_await asio::async_write(socket, asio::buffer(&buffer.at(index), 1), asio::use_awaitable);
    co_await read_some(socket);
}

asio::awaitable<void> handshake_and_write(tcp::socket socket, std::shared_ptr<asio::ssl::context> context, std::string text) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *context);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    if (!error) co_await asio::async_write(stream, asio::buffer(text), asio::as_tuple(asio::use_awaitable));
    co_await read_some(stream.next_layer());
}

class StreamExchange : public testing::Test {
protected:
    /// The server plays `script` with the first connection.
    void serve(Script script) {
        io::spawn(context.get_executor(), serve_one(acceptor, std::move(script)), [](std::exception_ptr) {});
    }
    /// The server takes the first connection and lets the time pass in silence once `first` has been written.
    void serve_silence(const std::string& first = "") {
        serve([this, first](tcp::socket socket) { return silence(std::move(socket), first); });
    }
    asio::awaitable<void> silence(tcp::socket socket, std::string first) {
        co_await asio::async_write(socket, asio::buffer(first), asio::use_awaitable);
        co_await read_some(socket);  // what the client sends, so that it has read the text before the time passes
        clock.advance(Milliseconds{5'000});
        co_await read_some(socket);
    }
    io::StreamResponse exchange(io::StreamRequest request) {
        request.port = request.port == 0 ? acceptor->local_endpoint().port() : request.port;
        return run_to_end(context, streams.exchange(std::move(request)));
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    FixedResolver resolver;
    io::AsioStreamExchange streams{context.get_executor(), clock, resolver};
    std::shared_ptr<tcp::acceptor> acceptor =
        std::make_shared<tcp::acceptor>(context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
};

TEST_F(StreamExchange, AConnectionAloneIsEnoughWhenNothingIsExpected) {
    resolver.result.took = std::chrono::microseconds{77};
    const auto response = exchange(asking("", ""));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(acceptor->local_endpoint().port()));
    EXPECT_EQ(resolver.asked, "server.test");
    EXPECT_EQ(response.phases.resolve.count(), 77);
    EXPECT_GT(response.phases.connect.count(), 0);
    EXPECT_EQ(response.phases.tls.count(), 0);
    EXPECT_EQ(response.began, clock.now());
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(StreamExchange, TheExpectedTextMayComeByteByByte) {
    serve(echo_once);
    const auto response = exchange(asking("PING abc\r\n", "abc"));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_TRUE(response.received.starts_with("PING abc")) << response.received;
}

TEST_F(StreamExchange, EveryBadAnswerHasItsReason) {
    struct Case {
        const char* name;
        Script script;
        io::StreamRequest request;
        Reason reason;
        std::string received;
    };
    const auto writes = [](const std::string& text) -> Script {
        return [text](tcp::socket socket) { return write_and_close(std::move(socket), text); };
    };
    const Case cases[] = {
        {"another text", writes("-ERR no\r\n"), asking("", "+OK"), Reason::not_expected, "-ERR no\r\n"},
        {"closed at once", writes(""), asking("", "+OK"), Reason::not_expected, ""},
        {"the text behind the limit", writes("0123456789+OK"), asking("", "+OK", 12), Reason::not_expected, "0123456789+O"},
        {"the text right at the limit", writes("0123456789+OK"), asking("", "+OK", 13), Reason::none, "0123456789+OK"},
        {"reset", read_and_reset, asking("hello", "+OK"), Reason::reset, ""},
    };
    for (const auto& [name, script, request, reason, received] : cases) {
        SCOPED_TRACE(name);
        serve(script);
        const auto response = exchange(request);
        EXPECT_EQ(response.reason, reason) << response.error;
        EXPECT_EQ(response.received, received);
        EXPECT_EQ(response.error.empty(), reason == Reason::none);
    }
}

TEST_F(StreamExchange, SilenceAfterTheConnectionIsAResponseTimeout) {
    serve_silence();
    const auto response = exchange(asking("hello", "+OK"));
    EXPECT_EQ(response.reason, Reason::response_timeout);
    EXPECT_EQ(response.error, "connected, but no answer within 5000 ms");
    EXPECT_EQ(response.ended.boot - response.began.boot, Milliseconds{5'000});
    EXPECT_GT(response.phases.processing.count(), 0);
}

TEST_F(StreamExchange, ARefusingPortIsRefused) {
    const auto port = acceptor->local_endpoint().port();
    acceptor->close();
    const auto response = exchange(connecting_to(port));
    EXPECT_EQ(response.reason, Reason::refused);
    EXPECT_EQ(response.error, "127.0.0.1:" + std::to_string(port) + ": Connection refused");
    EXPECT_EQ(response.peer, "");
}

TEST_F(StreamExchange, AnAddressWithoutRouteSaysSo) {
    resolver.result.addresses = {"255.255.255.255"};
    EXPECT_EQ(exchange(asking("", "")).reason, Reason::no_route);
}

TEST_F(StreamExchange, WhatTheResolverFoundIsPassedOn) {
    for (const auto reason : {Reason::name_not_found, Reason::name_timeout}) {
        resolver.result = {.reason = reason, .addresses = {}, .error = "why"};
        const auto response = exchange(asking("", ""));
        EXPECT_EQ(response.reason, reason);
        EXPECT_EQ(response.error, "why");
    }
}

TEST_F(StreamExchange, TheNextAddressIsTriedWhenOneRefuses) {
    resolver.result.addresses = {"127.0.0.2", "255.255.255.255", "127.0.0.1"};  // the server is at the last one only
    const auto response = exchange(asking("", ""));
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_TRUE(response.peer.starts_with("127.0.0.1:"));
}

TEST_F(StreamExchange, WhenAllAddressesFailTheOneThatAnsweredGivesTheReason) {
    resolver.result.addresses = {"255.255.255.255", "127.0.0.2", "255.255.255.255"};
    EXPECT_EQ(exchange(asking("", "")).reason, Reason::refused);
}

/// A listener whose queue is full: further connections hang.
struct FullListener {
    explicit FullListener(asio::io_context& context) : acceptor(context) {
        const tcp::endpoint here(asio::ip::make_address("127.0.0.1"), 0);
        acceptor.open(here.protocol());
        acceptor.bind(here);
        acceptor.listen(0);
        for (int count = 0; count < 3; ++count) {
            auto& socket = fill.emplace_back(context);
            socket.open(tcp::v4());
            socket.non_blocking(true);
            boost::system::error_code in_progress;
            socket.connect(acceptor.local_endpoint(), in_progress);
        }
    }
    tcp::acceptor acceptor;
    std::vector<tcp::socket> fill;
};

TEST_F(StreamExchange, AConnectionThatHangsIsAConnectTimeout) {
    FullListener full(context);
    std::optional<io::StreamResponse> response;
    asio::co_spawn(context, streams.exchange(connecting_to(full.acceptor.local_endpoint().port())),
                   [&](std::exception_ptr, io::StreamResponse answer) { response = std::move(answer); });
    context.poll();
    EXPECT_FALSE(response);
    clock.advance(Milliseconds{5'000});
    context.restart();
    context.poll();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->reason, Reason::connect_timeout);
    EXPECT_EQ(response->error, "no connection within 5000 ms");
}

TEST_F(StreamExchange, AnAddressThatHangsLeavesTimeForTheNextOne) {
    FullListener full(context);
    const auto port = full.acceptor.local_endpoint().port();
    tcp::acceptor other(context, tcp::endpoint(asio::ip::make_address("127.0.0.2"), port));
    resolver.result.addresses = {"127.0.0.1", "127.0.0.2"};
    std::optional<io::StreamResponse> response;
    asio::co_spawn(context, streams.exchange(connecting_to(port)),
                   [&](std::exception_ptr, io::StreamResponse answer) { response = std::move(answer); });
    context.poll();
    EXPECT_FALSE(response);
    clock.advance(Milliseconds{2'500});
    while (!response) {
        context.restart();
        context.run_one();
    }
    EXPECT_EQ(response->reason, Reason::none) << response->error;
    EXPECT_EQ(response->peer, "127.0.0.2:" + std::to_string(port));
}

TEST_F(StreamExchange, CancellingTheCallerCutsItOff) {
    asio::cancellation_signal cancel;
    serve([&](tcp::socket socket) -> asio::awaitable<void> {
        cancel.emit(asio::cancellation_type::terminal);
        return read_and_reset(std::move(socket));
    });
    std::exception_ptr failure;
    auto request = asking("", "never");
    request.port = acceptor->local_endpoint().port();
    asio::co_spawn(context, streams.exchange(request),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, io::StreamResponse) {
                       failure = thrown;
                       context.stop();
                   }));
    context.run();
    EXPECT_THROW(std::rethrow_exception(failure), boost::system::system_error);
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

class TlsExchange : public StreamExchange {
protected:
    TlsExchange() {
        std::filesystem::create_directories(folder);
        write("ca.pem", authority.certificate);
        write("other.pem", make_authority().certificate);
    }
    ~TlsExchange() override { std::filesystem::remove_all(folder); }
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
    Certificate authority = make_authority();
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
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
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

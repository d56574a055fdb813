#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "tests/io/fixed_resolver.hpp"
#include "tests/io/scripted_server.hpp"
#include "tests/io/test_authority.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;
using model::Reason;
using scripted::hear;
using scripted::reset;
using scripted::say;
using scripted::Script;
using scripted::secure;
using scripted::stall;

/// How far an exchange comes: it has a duration for this phase and each before it.
enum class Reached : std::uint8_t { connect, tls, answer };

struct Row {
    const char* name;
    Script script;
    Reason reason = Reason::none;
    Reached reached = Reached::answer;
    std::string received = {};
    bool tls = false;
    std::string send = "hello\r\n";
};

/// TCP and TLS exchanges against faulty peers, all of a table at the same time.
class StreamFaults : public testing::Test {
protected:
    struct Exchange {
        std::unique_ptr<scripted::Server> server;
        io::StreamRequest request;
        io::StreamResponse response;
    };

    void check(const std::vector<Row>& rows, Milliseconds timeout = Milliseconds{60'000}) {
        for (const auto& row : rows) exchanges.push_back(prepared(row, timeout));
        run();
        for (std::size_t number = 0; number < rows.size(); ++number) {
            const auto& row = rows[number];
            const auto& response = exchanges[number].response;
            SCOPED_TRACE(row.name + (": " + response.error));
            EXPECT_EQ(static_cast<int>(response.reason), static_cast<int>(row.reason));
            EXPECT_EQ(response.error.empty(), row.reason == Reason::none);
            if (!row.received.empty()) EXPECT_EQ(response.received, row.received);
            EXPECT_LE(response.received.size(), exchanges[number].request.read_limit);
            EXPECT_GT(response.phases.connect.count(), 0);
            EXPECT_EQ(response.phases.tls.count() > 0, row.tls);
            EXPECT_EQ(response.phases.processing.count() > 0, row.reached == Reached::answer);
        }
    }

    asio::io_context context{1};
    io::BootClock clock{context.get_executor()};
    FixedResolver resolver;
    io::AsioStreamExchange streams{context.get_executor(), clock, resolver};
    TestAuthority authority;
    scripted::TlsContext tls = authority.server("DNS:server.test");
    std::deque<Exchange> exchanges;

private:
    Exchange prepared(const Row& row, Milliseconds timeout) {
        auto server = std::make_unique<scripted::Server>(context, row.script, tls);
        io::StreamRequest request;
        request.host = "server.test";
        request.port = server->port();
        request.use_tls = row.tls;
        request.tls.ca_file = authority.file();
        request.send = row.send;
        request.expect = "+OK";
        request.timeout = timeout;
        return {std::move(server), std::move(request), {}};
    }

    void run() {
        auto left = exchanges.size();
        for (auto& exchange : exchanges) {
            asio::co_spawn(context, streams.exchange(exchange.request),
                           [&](const std::exception_ptr& failure, io::StreamResponse response) {
                               if (failure != nullptr) ADD_FAILURE() << "an exchange threw";
                               exchange.response = std::move(response);
                               if (--left == 0) context.stop();
                           });
        }
        context.run();
    }
};

TEST_F(StreamFaults, AConnectionThatEndsAtAnyPhaseHasItsReason) {
    check({
        {.name = "reset at once", .script = {hear("hello"), reset()}, .reason = Reason::reset},
        {.name = "reset in the answer", .script = {hear("hello"), say("+O"), reset()}, .reason = Reason::reset},
        {.name = "closed at once", .script = {scripted::close()}, .reason = Reason::not_expected},
        {.name = "closed in the answer",
         .script = {hear("hello"), say("+O"), scripted::close()},
         .reason = Reason::not_expected,
         .received = "+O"},
        {.name = "closed in the handshake",
         .script = {hear("\x01"), scripted::close()},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "reset in the handshake",
         .script = {hear("\x01"), reset()},
         .reason = Reason::reset,
         .reached = Reached::tls,
         .tls = true},
        {.name = "clear text in the handshake",
         .script = {hear("\x01"), say("+OK ready\r\n")},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "a record without sense",
         .script = {hear("\x01"), say(std::string("\x16\x03\x03\xff\xff", 5) + std::string(70'000, 'x'))},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "an alert",
         .script = {hear("\x01"), say(std::string("\x15\x03\x03\x00\x02\x02\x28", 7))},
         .reason = Reason::tls_failed,
         .reached = Reached::tls,
         .tls = true},
        {.name = "reset behind TLS", .script = {secure(), hear("hello"), reset()}, .reason = Reason::reset, .tls = true},
        {.name = "closed behind TLS",
         .script = {secure(), hear("hello"), say("+O"), scripted::close()},
         .reason = Reason::not_expected,
         .received = "+O",
         .tls = true},
        {.name = "cut off behind TLS",
         .script = {secure(), hear("hello"), say("+O"), scripted::cut()},
         .reason = Reason::not_expected,
         .received = "+O",
         .tls = true},
    });
}

TEST_F(StreamFaults, SilenceAtAnyPhaseEndsWithTheTimeout) {
    const std::string much(std::size_t{16} << 20, 'x');
    check(
        {
            {.name = "silent", .script = {stall()}, .reason = Reason::response_timeout},
            {.name = "deaf", .script = {scripted::deaf()}, .reason = Reason::response_timeout, .send = much},
            {.name = "silent in the answer",
             .script = {hear("hello"), say("+O"), stall()},
             .reason = Reason::not_expected,
             .received = "+O"},
            {.name = "another text that drips", .script = {hear("hello"), scripted::drip("-ERR\r\n")}, .reason = Reason::not_expected},
            {.name = "silent in the handshake",
             .script = {stall()},
             .reason = Reason::response_timeout,
             .reached = Reached::tls,
             .tls = true},
            {.name = "silent in the middle of the handshake",
             .script = {hear("\x01"), say("\x16\x03\x03"), stall()},
             .reason = Reason::response_timeout,
             .reached = Reached::tls,
             .tls = true},
            {.name = "silent behind TLS", .script = {secure(), stall()}, .reason = Reason::response_timeout, .tls = true},
            {.name = "deaf behind TLS",
             .script = {secure(), scripted::deaf()},
             .reason = Reason::response_timeout,
             .tls = true,
             .send = much},
        },
        Milliseconds{1'500});
}

TEST_F(StreamFaults, AFloodIsReadUpToTheLimit) {
    check({
        {.name = "another text", .script = {hear("hello"), scripted::flood("-ERR\r\n")}, .reason = Reason::not_expected},
        {.name = "zeros", .script = {hear("hello"), scripted::flood(std::string(64, '\0'))}, .reason = Reason::not_expected},
        {.name = "behind TLS",
         .script = {secure(), hear("hello"), scripted::flood("-ERR\r\n")},
         .reason = Reason::not_expected,
         .tls = true},
        {.name = "the text at last", .script = {hear("hello"), say(std::string(4'000, '-')), say("+O"), say("K"), stall()}},
        {.name = "the text at last behind TLS",
         .script = {secure(), hear("hello"), say(std::string(4'000, '-')), say("+O"), say("K"), stall()},
         .tls = true},
    });
}

TEST_F(StreamFaults, CertificatesThatNobodyVouchesForAreInvalid) {
    tls = TestAuthority::self_signed();
    check({{.name = "self-signed",
            .script = {secure(), stall()},
            .reason = Reason::certificate_invalid,
            .reached = Reached::tls,
            .tls = true}});
    EXPECT_FALSE(exchanges[0].response.tls.verified);
    EXPECT_GT(exchanges[0].response.tls.not_after, 0);
}

} // namespace

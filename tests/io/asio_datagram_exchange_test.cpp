#include "io/asio_datagram_exchange.hpp"

#include "io/ares_resolver.hpp"
#include "io/boot_clock.hpp"
#include "io/echo_packet.hpp"
#include "io/echo_socket.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/io/stream_exchange_fixture.hpp"

#include <boost/asio/ip/udp.hpp>

#include <gmock/gmock.h>

namespace {

using exchange_test::FixedResolver;
using io::EchoIdentity;
using model::Milliseconds;
using model::Reason;
namespace asio = boost::asio;
using asio::ip::udp;

/// A server that answers the questions it gets in turn: with each text of the row, one datagram.
asio::awaitable<void> answer(udp::socket& socket, std::vector<std::vector<std::string>> rows,
                             std::function<void(std::size_t)> on_question) {
    std::array<char, 512> buffer{};
    for (std::size_t index = 0; index < rows.size(); ++index) {
        udp::endpoint peer;
        co_await socket.async_receive_from(asio::buffer(buffer), peer, asio::use_awaitable);
        for (const auto& text : rows[index]) co_await socket.async_send_to(asio::buffer(text), peer, asio::use_awaitable);
        on_question(index);
    }
}

class Datagram : public testing::Test {
protected:
    void serve(std::vector<std::vector<std::string>> rows, std::function<void(std::size_t)> on_question = [](std::size_t) {}) {
        io::spawn(context.get_executor(), answer(socket, std::move(rows), std::move(on_question)), [](std::exception_ptr) {});
    }
    io::DatagramResponse ask(std::uint32_t tries = 2) {
        io::DatagramRequest request;
        request.host = "server.test";
        request.port = socket.local_endpoint().port();
        request.payload = "question";
        request.accept = [](std::string_view received) { return received == "answer"; };
        request.tries = tries;
        return run_to_end(context, datagrams.exchange(std::move(request)));
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    FixedResolver resolver;
    io::AsioDatagramExchange datagrams{context.get_executor(), clock, resolver};
    udp::socket socket{context, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
};

TEST_F(Datagram, TheFirstAcceptedOneIsTheAnswer) {
    serve({{"noise", "", "answer", "later"}});
    const auto response = ask();
    EXPECT_EQ(response.reason, Reason::none);
    EXPECT_EQ(response.received, "answer");
    EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(socket.local_endpoint().port()));
    EXPECT_GT(response.phases.processing.count(), 0);
}

TEST_F(Datagram, AsksAgainAfterItsShareOfTheTime) {
    serve({{}, {"answer"}}, [this](std::size_t index) {
        if (index == 0) clock.advance(Milliseconds{2'500});
    });
    EXPECT_EQ(ask().reason, Reason::none);
}

TEST_F(Datagram, SilenceIsAResponseTimeout) {
    serve({{}, {"noise"}}, [this](std::size_t) { clock.advance(Milliseconds{2'500}); });
    const auto response = ask();
    EXPECT_EQ(response.reason, Reason::response_timeout);
    EXPECT_EQ(response.error, "no answer within 5000 ms to 2 datagrams");
    EXPECT_EQ(response.ended.boot - response.began.boot, Milliseconds{5'000});
}

TEST_F(Datagram, APortThatNobodyHasRefuses) {
    const auto port = socket.local_endpoint().port();
    socket.close();
    io::DatagramRequest request;
    request.host = "server.test";
    request.port = port;
    request.payload = "question";
    EXPECT_EQ(run_to_end(context, datagrams.exchange(std::move(request))).reason, Reason::refused);
}

TEST_F(Datagram, ANameThatIsNotThereIsSaid) {
    resolver.result = {.reason = Reason::name_not_found, .addresses = {}, .took = {}, .error = "no such name"};
    EXPECT_EQ(ask().reason, Reason::name_not_found);
    EXPECT_EQ(run_to_end(context, datagrams.echo({.host = "nowhere.test"})).reason, Reason::name_not_found);
}

class Echo : public testing::Test {
protected:
    void SetUp() override {
        if (const auto failure = io::echo_failure(/*six=*/false); !failure.empty()) GTEST_SKIP() << failure;
    }
    void TearDown() override { clock.clear(); }

    asio::io_context context{1};
    io::BootClock clock{context.get_executor()};
    io::AresResolver resolver{context.get_executor(), clock};
    io::AsioDatagramExchange datagrams{context.get_executor(), clock, resolver};
};

TEST_F(Echo, LoopbackRepliesToEveryPacket) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
        io::EchoRequest request{.host = host, .count = 4, .spacing = Milliseconds{10}, .timeout = Milliseconds{20'000}};
        const auto response = run_to_end(context, datagrams.echo(std::move(request)));
        if (response.reason == Reason::no_route && host == "::1") continue;  // a machine without IPv6
        EXPECT_EQ(response.reason, Reason::none) << host << response.error;
        ASSERT_EQ(response.round_trips.size(), 4U);
        for (const auto& round_trip : response.round_trips) {
            ASSERT_TRUE(round_trip) << host;
            EXPECT_LT(*round_trip, std::chrono::seconds{20});
        }
        EXPECT_EQ(response.peer, host);
    }
}

TEST_F(Echo, ManyExchangesShareASocketAndKeepTheirReplies) {
    int open = 50;
    for (int number = 0; number < 50; ++number) {
        const auto host = "127.0.0." + std::to_string(number + 1);
        auto work = [](io::AsioDatagramExchange& exchange, std::string to) -> asio::awaitable<void> {
            io::EchoRequest request{.host = to, .count = 2, .spacing = Milliseconds{10}, .timeout = Milliseconds{20'000}};
            const auto response = co_await exchange.echo(std::move(request));
            EXPECT_EQ(response.reason, Reason::none) << to << response.error;
            EXPECT_EQ(std::ranges::count_if(response.round_trips, [](const auto& trip) { return !trip; }), 0) << to;
        };
        io::spawn(context.get_executor(), work(datagrams, host), [&](std::exception_ptr) {
            if (--open == 0) context.stop();
        });
    }
    context.run();
    EXPECT_EQ(open, 0);
}

// Requests leave in batches: the kernel takes no packet to the broadcast address, and the others of the batch leave all the same.
TEST_F(Echo, APacketThatCannotLeaveKeepsNoOtherFromLeaving) {
    constexpr int exchanges = 60;
    int open = exchanges;
    for (int number = 0; number < exchanges; ++number) {
        const bool forbidden = number % 5 == 2;
        auto work = [](io::AsioDatagramExchange& exchange, std::string to, Reason expected) -> asio::awaitable<void> {
            io::EchoRequest request{.host = to, .count = 1, .timeout = Milliseconds{20'000}};
            const auto response = co_await exchange.echo(std::move(request));
            EXPECT_EQ(response.reason, expected) << to << response.error;
            EXPECT_EQ(response.error.empty(), expected == Reason::none) << to << response.error;
        };
        const auto host = forbidden ? std::string("255.255.255.255") : "127.0.0." + std::to_string(number + 1);
        io::spawn(context.get_executor(), work(datagrams, host, forbidden ? Reason::no_route : Reason::none), [&](std::exception_ptr) {
            if (--open == 0) context.stop();
        });
    }
    context.run();
    EXPECT_EQ(open, 0);
}

TEST(EchoPacket, RequestsCarryTheirIdentityAndAChecksum) {
    const EchoIdentity identity{.identifier = 0x1234, .sequence = 7, .cookie = 0x0102'0304'0506'0708};
    for (const std::size_t payload : {0U, 16U, 57U}) {
        auto packet = io::echo_request(identity, payload, /*six=*/false);
        EXPECT_EQ(packet.size(), 8 + std::max<std::size_t>(payload, 16));
        std::uint32_t sum = 0;
        for (std::size_t index = 0; index < packet.size(); ++index)
            sum += static_cast<std::uint32_t>(static_cast<unsigned char>(packet[index])) << (index % 2 == 0 ? 8U : 0U);
        while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
        EXPECT_EQ(sum, 0xFFFFU) << "RFC 1071: the sum over a packet with its checksum";
        EXPECT_FALSE(io::parse_echo_reply(packet, false)) << "a request is no reply";
        packet[0] = 0;
        const auto reply = io::parse_echo_reply(packet, false);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->identifier, identity.identifier);
        EXPECT_EQ(reply->sequence, identity.sequence);
        EXPECT_EQ(reply->cookie, identity.cookie);
        EXPECT_FALSE(io::parse_echo_reply(packet, true)) << "ICMPv6 has other types";
        EXPECT_FALSE(io::parse_echo_reply(packet.substr(0, 15), false));
    }
}

TEST(EchoPacket, QuotedRequestsMayBeCutAfterTheirHeader) {
    const auto packet = io::echo_request({.identifier = 3, .sequence = 9}, 56, /*six=*/true);
    const auto quoted = io::parse_quoted_request(packet.substr(0, 8), true);
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->sequence, 9);
    EXPECT_FALSE(io::parse_quoted_request(packet.substr(0, 7), true));
    EXPECT_FALSE(io::parse_quoted_request(packet, false));
}

TEST(EchoPacket, TheIpHeaderIsLeftOutWhateverItSays) {
    EXPECT_EQ(io::without_ip_header(std::string(1, '\x45') + std::string(19, '\0') + "packet"), "packet");
    EXPECT_EQ(io::without_ip_header(std::string(1, '\x46') + std::string(23, '\0') + "packet"), "packet");
    EXPECT_EQ(io::without_ip_header("\x4F short"), "");
    EXPECT_EQ(io::without_ip_header(std::string(30, '\x41')), "");
    EXPECT_EQ(io::without_ip_header(""), "");
}

} // namespace

#include "io/ares_resolver.hpp"

#include "tests/fakes/manual_clock.hpp"
#include "tests/io/dns_server.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using io::AddressFamily;
using model::Milliseconds;
using model::Reason;
using Addresses = std::vector<std::string>;

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_ns = 2;
constexpr std::uint16_t type_aaaa = 28;
constexpr std::uint8_t server_failure = 2;
constexpr std::uint8_t no_such_name = 3;
constexpr std::uint8_t refused = 5;

const std::string ipv4_data("\x7f\x00\x00\x05", 4);
const std::string ipv6_data = std::string(15, '\0') + '\x01';

class AresResolver : public testing::Test {
protected:
    io::ResolveResult resolve(const std::string& host, AddressFamily family = AddressFamily::any) {
        return run_to_end(context, resolver.resolve(host, family, Milliseconds{5'000}));
    }
    bool answers(const std::string& address) { return run_to_end(context, resolver.server_answers(address, Milliseconds{2'000})); }

    /// As a script: says nothing, and lets so much time pass that everybody gives up.
    std::optional<std::string> say_nothing() {
        clock.advance(Milliseconds{5'000});
        return std::nullopt;
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    DnsServer::Script script = [](const DnsServer::Question& question) {
        if (question.name != "www.example.test") return DnsServer::reply(question, no_such_name, "");
        return DnsServer::reply(question, 0, question.type == type_a ? ipv4_data : ipv6_data);
    };
    DnsServer server{context, [this](const DnsServer::Question& question) { return script(question); }};
    io::AresResolver resolver{context.get_executor(), clock, {server.address()}};
};

TEST_F(AresResolver, ANameHasTheAddressesOfTheWantedFamily) {
    const auto ipv4 = resolve("www.example.test", AddressFamily::ipv4);
    EXPECT_EQ(ipv4.reason, Reason::none) << ipv4.error;
    EXPECT_EQ(ipv4.addresses, Addresses{"127.0.0.5"});
    EXPECT_GT(ipv4.took.count(), 0);
    EXPECT_EQ(resolve("www.example.test", AddressFamily::ipv6).addresses, Addresses{"::1"});
    auto any = resolve("www.example.test").addresses;
    std::ranges::sort(any);
    EXPECT_EQ(any, (Addresses{"127.0.0.5", "::1"}));
    EXPECT_EQ(server.asked().front().name, "www.example.test");
    EXPECT_EQ(server.asked()[1].type, type_aaaa);
}

TEST_F(AresResolver, NumericHostsAskNobody) {
    EXPECT_EQ(resolve("192.0.2.1").addresses, Addresses{"192.0.2.1"});
    EXPECT_EQ(resolve("2001:db8::1").addresses, Addresses{"2001:db8::1"});
    EXPECT_EQ(resolve("192.0.2.1", AddressFamily::ipv6).reason, Reason::name_not_found);
    EXPECT_EQ(resolve("2001:db8::1", AddressFamily::ipv4).reason, Reason::name_not_found);
    EXPECT_TRUE(server.asked().empty());
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(AresResolver, LocalhostAsksNobody) {
    const auto local = resolve("localhost", AddressFamily::ipv4);
    EXPECT_EQ(local.addresses, Addresses{"127.0.0.1"}) << local.error;
    EXPECT_TRUE(server.asked().empty());
}

/// A name that only /etc/hosts of this machine knows, with its address.
std::pair<std::string, std::string> line_of_hosts_file() {
    std::ifstream file("/etc/hosts");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string address;
        std::string name;
        words >> address >> name;
        if (!name.empty() && !address.starts_with('#') && !name.contains("localhost")) return {name, address};
    }
    return {};
}

TEST_F(AresResolver, ANameOfTheHostsFileAsksNobody) {
    const auto [name, address] = line_of_hosts_file();
    if (name.empty()) GTEST_SKIP() << "/etc/hosts has no name but localhost";
    const auto found = resolve(name).addresses;
    EXPECT_NE(std::ranges::find(found, address), found.end());
    EXPECT_TRUE(server.asked().empty());
}

TEST_F(AresResolver, ANameThatDoesNotExistIsNotFound) {
    const auto nothing = resolve("absent.example.test");
    EXPECT_EQ(nothing.reason, Reason::name_not_found);
    EXPECT_TRUE(nothing.addresses.empty());
    EXPECT_EQ(nothing.error, "the name absent.example.test was not resolved: Domain name not found");
}

TEST_F(AresResolver, ANameWithoutAddressesIsNotFound) {
    script = [](const DnsServer::Question& question) { return DnsServer::reply(question, 0, ""); };
    EXPECT_EQ(resolve("www.example.test").reason, Reason::name_not_found);
}

TEST_F(AresResolver, AHostThatIsNoNameIsNotFound) {
    EXPECT_EQ(resolve("").reason, Reason::name_not_found);
    EXPECT_EQ(resolve(std::string(300, 'x')).reason, Reason::name_not_found);
}

TEST_F(AresResolver, SilenceIsATimeoutAfterTheGivenTime) {
    script = [this](const DnsServer::Question&) { return say_nothing(); };
    const auto nothing = resolve("www.example.test");
    EXPECT_EQ(nothing.reason, Reason::name_timeout);
    EXPECT_EQ(nothing.error, "the name servers did not answer for www.example.test in time");
}

TEST_F(AresResolver, GarbageAndForeignRepliesAreSilence) {
    int count = 0;
    script = [&](const DnsServer::Question& question) -> std::optional<std::string> {
        if (++count > 2) return say_nothing();
        if (count == 1) return std::string("\x01\x02garbage that is no reply");
        auto foreign = DnsServer::reply(question, 0, ipv4_data);
        foreign[0] = static_cast<char>(foreign[0] ^ 0x55);  // another question's id
        if (count == 2) clock.advance(Milliseconds{5'000});
        return foreign;
    };
    EXPECT_EQ(resolve("www.example.test").reason, Reason::name_timeout);
}

TEST_F(AresResolver, AServerThatFailsIsNoEvidenceAgainstTheName) {
    script = [](const DnsServer::Question& question) { return DnsServer::reply(question, server_failure, ""); };
    EXPECT_EQ(resolve("www.example.test").reason, Reason::name_timeout);
}

TEST_F(AresResolver, ManyQuestionsAtOnceAreAllAnswered) {
    int answered = 0;
    for (int count = 0; count < 200; ++count) {
        asio::co_spawn(context, resolver.resolve("www.example.test", AddressFamily::ipv4, Milliseconds{5'000}),
                       [&](std::exception_ptr, const io::ResolveResult& result) {
                           EXPECT_EQ(result.addresses, Addresses{"127.0.0.5"});
                           if (++answered == 200) context.stop();
                       });
    }
    context.run();
    EXPECT_EQ(answered, 200);
}

TEST_F(AresResolver, ACancelledQuestionEndsAtOnceAndTheResolverGoesOn) {
    asio::cancellation_signal cancel;
    script = [&](const DnsServer::Question&) -> std::optional<std::string> {
        cancel.emit(asio::cancellation_type::terminal);
        return std::nullopt;
    };
    std::exception_ptr failure;
    asio::co_spawn(context, resolver.resolve("slow.example.test", AddressFamily::ipv4, Milliseconds{5'000}),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, const io::ResolveResult&) {
                       failure = thrown;
                       context.stop();
                   }));
    context.run();
    EXPECT_THROW(std::rethrow_exception(failure), boost::system::system_error);
    script = [](const DnsServer::Question& question) { return DnsServer::reply(question, 0, ipv4_data); };
    EXPECT_EQ(resolve("www.example.test", AddressFamily::ipv4).addresses, Addresses{"127.0.0.5"});
}

TEST_F(AresResolver, AnOpenQuestionDoesNotOutliveTheResolver) {
    auto other = std::make_unique<io::AresResolver>(context.get_executor(), clock, Addresses{server.address()});
    bool ended = false;
    script = [&](const DnsServer::Question&) -> std::optional<std::string> {
        context.stop();
        return std::nullopt;
    };
    asio::co_spawn(context, other->resolve("slow.example.test", AddressFamily::ipv4, Milliseconds{5'000}),
                   [&](std::exception_ptr, const io::ResolveResult&) { ended = true; });
    context.run();
    other.reset();
    clock.clear();
    EXPECT_FALSE(ended);
}

TEST_F(AresResolver, AnyReplyCodeMeansThatTheServerAnswers) {
    for (const std::uint8_t code : {std::uint8_t{0}, server_failure, no_such_name, refused}) {
        script = [code](const DnsServer::Question& question) { return DnsServer::reply(question, code, ""); };
        EXPECT_TRUE(answers(server.address())) << static_cast<int>(code);
        EXPECT_EQ(server.asked().back().name, "");
        EXPECT_EQ(server.asked().back().type, type_ns);
    }
    EXPECT_EQ(server.asked().size(), 4U);
}

TEST_F(AresResolver, AServerThatIsSilentOrAbsentOrNoAddressDoesNotAnswer) {
    script = [this](const DnsServer::Question&) { return say_nothing(); };
    EXPECT_FALSE(answers(server.address()));
    const auto address = server.address();
    server.close();
    EXPECT_FALSE(answers(address));
    EXPECT_FALSE(answers("not an address"));
    EXPECT_EQ(clock.next_due(), Milliseconds::max());
}

TEST_F(AresResolver, NamesItsServers) {
    EXPECT_EQ(resolver.servers(), Addresses{server.address()});
    EXPECT_EQ(io::AresResolver(context.get_executor(), clock).servers(), io::configured_name_servers());
    for (const auto& address : io::configured_name_servers()) EXPECT_NO_THROW(asio::ip::make_address(address));
}

} // namespace

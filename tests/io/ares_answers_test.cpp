#include "io/ares_resolver.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/io/dns_server.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using io::AddressFamily;
using model::Milliseconds;
using model::Reason;
using Addresses = std::vector<std::string>;
using Question = DnsServer::Question;

const std::string address_data("\x7f\x00\x00\x05", 4);
constexpr std::uint16_t type_cname = 5;

std::string good(const Question& question) { return DnsServer::reply(question, 0, address_data); }

std::string without_answer(const Question& question, std::uint8_t code) { return DnsServer::reply(question, code, ""); }

/// A reply whose only record is of another type.
std::string other_type(const Question& question, std::uint16_t type, const std::string& data) {
    auto asked = question;
    asked.type = type;
    return DnsServer::reply(asked, 0, data);
}

/// A good reply with one byte of its header changed.
std::string changed(const Question& question, std::size_t at, char byte) {
    auto bytes = good(question);
    bytes.at(at) = byte;
    return bytes;
}

constexpr std::size_t flags = 2;       ///< QR, opcode, AA, TC, RD
constexpr char truncated = '\x83';     ///< a reply, recursion desired, truncated
constexpr std::size_t answer_count = 7;

/// What a name server may answer, and what that says of the name. All answers come at once: nothing is waited for.
class AresAnswers : public testing::Test {
protected:
    io::ResolveResult resolve() {
        return run_to_end(context, resolver.resolve("www.example.test", AddressFamily::ipv4, Milliseconds{5'000}));
    }
    /// Nothing comes: the time passes.
    std::optional<std::string> silence() {
        clock.advance(Milliseconds{5'000});
        return std::nullopt;
    }

    /// After so many turns of the loop, in which a reply under way is read.
    void let_time_pass(int turns) {
        if (turns == 0) clock.advance(Milliseconds{5'000});
        else asio::post(context, [this, turns] { let_time_pass(turns - 1); });
    }

    asio::io_context context{1};
    fakes::ManualClock clock;
    DnsServer::Script script = good;
    DnsServer server{context, [this](const Question& question) { return script(question); }};
    io::AresResolver resolver{context.get_executor(), clock, {server.address()}};
};

TEST_F(AresAnswers, EveryReplyHasItsReason) {
    struct Case {
        const char* name;
        std::function<std::string(const Question&)> reply;
        Reason reason;
    };
    const auto code = [](std::uint8_t value) { return [value](const Question& question) { return without_answer(question, value); }; };
    const Case cases[] = {
        {"an address", good, Reason::none},
        {"no such name", code(3), Reason::name_not_found},
        {"no address", code(0), Reason::name_not_found},
        {"format error", code(1), Reason::name_timeout},
        {"server failure", code(2), Reason::name_timeout},
        {"not implemented", code(4), Reason::name_timeout},
        {"refused", code(5), Reason::name_timeout},
        {"an alias without address", [](const Question& question) { return other_type(question, type_cname, std::string("\x01x\x00", 3)); },
         Reason::name_not_found},
        {"an alias to itself", [](const Question& question) { return other_type(question, type_cname, "\xc0\x0c"); },
         Reason::name_not_found},
        {"text instead", [](const Question& question) { return other_type(question, 16, "\x04text"); }, Reason::name_not_found},
        {"an address of three bytes", [](const Question& question) { return DnsServer::reply(question, 0, "\x7f\x01\x05"); },
         Reason::name_not_found},
        // c-ares does not look at the bit that tells a reply from a question
        {"the question itself", [](const Question& question) { return question.bytes; }, Reason::name_not_found},
        {"a record that is cut off", [](const Question& question) { return good(question).substr(0, good(question).size() - 2); },
         Reason::name_timeout},
        {"more records announced", [](const Question& question) { return changed(question, answer_count, '\x7f'); }, Reason::name_timeout},
    };
    for (const auto& [name, reply, reason] : cases) {
        script = [&](const Question& question) { return reply(question); };
        const auto result = resolve();
        SCOPED_TRACE(name + (": " + result.error));
        EXPECT_EQ(static_cast<int>(result.reason), static_cast<int>(reason));
        EXPECT_EQ(result.addresses, reason == Reason::none ? Addresses{"127.0.0.5"} : Addresses{});
        EXPECT_EQ(result.error.empty(), reason == Reason::none);
        EXPECT_GT(result.took.count(), 0);
    }
}

TEST_F(AresAnswers, WhatIsNoReplyToTheQuestionIsSilence) {
    const std::function<std::string(const Question&)> replies[] = {
        [](const Question&) { return std::string(); },
        [](const Question&) { return std::string(11, '\0'); },
        [](const Question& question) { return changed(question, 0, static_cast<char>(question.bytes[0] ^ 0x55)); },
        [](const Question&) { return std::string(500, '\xff'); },
    };
    int number_of = 0;
    for (const auto& reply : replies) {
        SCOPED_TRACE(number_of++);
        script = [&](const Question& question) {
            let_time_pass(/*turns=*/10);
            return reply(question);
        };
        const auto result = resolve();
        EXPECT_EQ(result.reason, Reason::name_timeout) << result.error;
        EXPECT_TRUE(result.addresses.empty());
    }
}

TEST_F(AresAnswers, ATruncatedReplyIsAskedForAgainByTcp) {
    script = [](const Question& question) { return changed(question, flags, truncated); };
    server.listen_by_tcp(good);
    const auto result = resolve();
    EXPECT_EQ(result.reason, Reason::none) << result.error;
    EXPECT_EQ(result.addresses, Addresses{"127.0.0.5"});
    EXPECT_EQ(server.asked().size(), 1U);
    EXPECT_EQ(server.asked_by_tcp(), 1U);
}

TEST_F(AresAnswers, ATruncatedReplyWhoseTcpSaysNoSuchNameIsThat) {
    script = [](const Question& question) { return changed(question, flags, truncated); };
    server.listen_by_tcp([](const Question& question) { return without_answer(question, 3); });
    EXPECT_EQ(resolve().reason, Reason::name_not_found);
}

TEST_F(AresAnswers, ATruncatedReplyAndNobodyAtTcpIsNoEvidenceAgainstTheName) {
    script = [](const Question& question) { return changed(question, flags, truncated); };
    EXPECT_EQ(resolve().reason, Reason::name_timeout);
}

TEST_F(AresAnswers, ATruncatedReplyAndSilenceByTcpEndsWithTheTimeout) {
    script = [](const Question& question) { return changed(question, flags, truncated); };
    server.listen_by_tcp([this](const Question&) { return silence(); });
    EXPECT_EQ(resolve().reason, Reason::name_timeout);
    EXPECT_GE(server.asked_by_tcp(), 1U);
}

TEST_F(AresAnswers, ATruncatedReplyAndGarbageByTcpIsNoEvidenceAgainstTheName) {
    const std::string garbage[] = {"", std::string("\x00", 1), std::string("\x00\x04", 2) + "what", std::string("\xff\xff", 2) + "short",
                                   std::string("\x00\x00\x00\x00", 4)};
    script = [](const Question& question) { return changed(question, flags, truncated); };
    for (const auto& bytes : garbage) {
        SCOPED_TRACE(bytes.size());
        server.listen_by_tcp_with(bytes);
        EXPECT_EQ(resolve().reason, Reason::name_timeout);
    }
}

TEST_F(AresAnswers, AServerThatFailsIsPassedOverForTheNextOne) {
    DnsServer other(context, good);
    for (const std::uint8_t code : {std::uint8_t{2}, std::uint8_t{4}, std::uint8_t{5}}) {
        io::AresResolver both(context.get_executor(), clock, {server.address(), other.address()});
        script = [code](const Question& question) { return without_answer(question, code); };
        const auto result = run_to_end(context, both.resolve("www.example.test", AddressFamily::ipv4, Milliseconds{5'000}));
        EXPECT_EQ(result.addresses, Addresses{"127.0.0.5"}) << static_cast<int>(code) << ": " << result.error;
    }
}

} // namespace

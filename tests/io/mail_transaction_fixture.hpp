#pragma once

#include "io/curl_mail_transaction.hpp"
#include "tests/io/fixed_resolver.hpp"
#include "tests/io/mail_relay_script.hpp"
#include "tests/io/scripted_server.hpp"
#include "tests/io/test_authority.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace io {
inline void PrintTo(MailStep step, std::ostream* out) {
    static constexpr const char* names[] = {"resolve", "connect", "tls",  "greeting", "ehlo",   "starttls", "auth",
                                            "mail",    "rcpt",    "data", "body",     "answer", "done"};
    *out << names[static_cast<std::size_t>(step)];
}
} // namespace io

namespace mail_test {

namespace asio = boost::asio;
using io::MailSecurity;
using io::MailStep;
using model::Milliseconds;
using relay_script::Part;
using relay_script::Relay;
using relay_script::reply;

constexpr Milliseconds long_cap{60'000};
constexpr Milliseconds short_cap{1'500};  ///< for rows in which the relay stalls; what it did before must fit in, on a busy machine too

/// A row: what the relay does, and what must be known of it afterwards.
struct Row {
    std::string name;
    Relay relay;
    MailStep step = MailStep::done;
    std::uint16_t code = 250;
    std::string text;         ///< occurs in the result's
    bool timed_out = false;
    bool handed_over = false; ///< the outcome is unknown
};

/// The mail transactions of libcurl against relays that play scripts, all of a table at the same time.
class MailTransactions : public testing::Test {
protected:
    /// One transaction, from its job to its result.
    struct Sending {
        std::unique_ptr<scripted::Server> server;
        io::MailJob job;
        io::MailResult result;
    };

    [[nodiscard]] io::MailJob job_for(const Relay& relay, std::uint16_t port) const {
        io::MailJob job;
        job.server.host = "relay.test";
        job.server.port = port;
        job.server.security = relay.security;
        job.server.tls.ca_file = authority.file();
        job.server.connect_cap = job.server.step_cap = job.server.final_cap = long_cap;
        if (relay.authenticates) {
            job.server.username = "status";
            job.server.password = "pass word";
        }
        job.sender = "status@provider.test";
        job.recipient = "it@acme.test";
        job.bytes = message;
        return job;
    }

    /// A transaction with a relay, to be run by `run`; its job may still be changed.
    Sending& prepare(const Relay& relay) {
        auto server = std::make_unique<scripted::Server>(context, relay_script::script_of(relay), good_tls);
        auto job = job_for(relay, server->port());
        return sendings.emplace_back(Sending{std::move(server), std::move(job), {}});
    }
    Sending& prepare(io::MailJob job) { return sendings.emplace_back(Sending{nullptr, std::move(job), {}}); }

    /// Runs everything prepared, at the same time, to its end.
    void run() {
        auto left = sendings.size();
        for (auto& sending : sendings) {
            asio::co_spawn(context, mail.send(sending.job), [&](const std::exception_ptr& failure, io::MailResult result) {
                if (failure != nullptr) ADD_FAILURE() << "a transaction threw";
                sending.result = std::move(result);
                if (--left == 0) context.stop();
            });
        }
        context.restart();
        if (left > 0) context.run();
        context.restart();
    }

    io::MailResult send(const Relay& relay) {
        auto& sending = prepare(relay);
        run();
        return sending.result;
    }

    void check(const std::vector<Row>& rows) {
        for (const auto& row : rows) {
            auto& server = prepare(row.relay).job.server;
            if (row.timed_out) server.step_cap = server.final_cap = short_cap;
        }
        run();
        for (std::size_t number = 0; number < rows.size(); ++number) {
            const auto& row = rows[number];
            const auto& result = sendings[number].result;
            SCOPED_TRACE(row.name + ": " + result.text);
            EXPECT_EQ(result.step, row.step);
            EXPECT_EQ(result.code, row.code);
            EXPECT_NE(result.text.find(row.text), std::string::npos);
            EXPECT_EQ(result.timed_out, row.timed_out);
            EXPECT_EQ(result.handed_over, row.handed_over);
            EXPECT_EQ(result.accepted, row.step == MailStep::done);
            EXPECT_EQ(result.text.find("pass word"), std::string::npos);
            EXPECT_LE(result.text.size(), 500U);
            EXPECT_TRUE(result.code != 0 || !result.text.empty());
            EXPECT_LE(result.began.boot, result.ended.boot);
        }
    }

    asio::io_context context{1};
    TestAuthority authority;
    scripted::TlsContext good_tls = authority.server("DNS:relay.test");
    std::shared_ptr<const std::string> message = std::make_shared<const std::string>("Subject: test\r\n\r\nfirst\r\n.hidden\r\nlast\r\n");
    std::deque<Sending> sendings;
    FixedResolver resolver;
    io::CurlMailTransaction mail{32, resolver};
};

} // namespace mail_test

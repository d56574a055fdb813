#include "io/send_lane.hpp"

#include "tests/io/mail_relay_script.hpp"
#include "tests/io/scripted_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;
using relay_script::Part;
using relay_script::Relay;

const std::string no_content = "HTTP/1.1 204 No Content\r\n\r\n";

/// The real lane with its threads; the servers and the callers are on the test's own.
class SendLane : public testing::Test {
protected:
    scripted::Server& serve(scripted::Script script) { return servers.emplace_back(context, std::move(script)); }

    static Relay relay_that(Part part, scripted::Script instead) {
        return {.security = io::MailSecurity::none, .authenticates = false, .instead = {{part, std::move(instead)}}};
    }

    std::shared_ptr<std::optional<io::MailResult>> mail(const Relay& relay, Milliseconds cap = Milliseconds{60'000}) {
        io::MailJob job;
        job.server.host = "127.0.0.1";
        job.server.port = serve(relay_script::script_of(relay)).port();
        job.server.security = io::MailSecurity::none;
        job.server.connect_cap = job.server.step_cap = job.server.final_cap = cap;
        job.sender = "status@provider.test";
        job.recipient = "it@acme.test";
        job.bytes = std::make_shared<const std::string>("Subject: test\r\n\r\ntext\r\n");
        auto result = std::make_shared<std::optional<io::MailResult>>();
        asio::co_spawn(context, lane.mail().send(std::move(job)), [this, result](const std::exception_ptr& failure, io::MailResult got) {
            EXPECT_EQ(failure, nullptr);
            EXPECT_EQ(std::this_thread::get_id(), callers_thread);
            *result = std::move(got);
        });
        return result;
    }

    io::HttpRequest request_to(const scripted::Server& server) {
        io::HttpRequest request;
        request.method = "POST";
        request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/hook";
        request.body = "{}";
        request.timeout = Milliseconds{60'000};
        return request;
    }

    std::shared_ptr<std::optional<io::HttpResponse>> post(scripted::Script script) {
        auto result = std::make_shared<std::optional<io::HttpResponse>>();
        asio::co_spawn(context, lane.http().request(request_to(serve(std::move(script)))),
                       [this, result](const std::exception_ptr& failure, io::HttpResponse got) {
                           EXPECT_EQ(failure, nullptr);
                           EXPECT_EQ(std::this_thread::get_id(), callers_thread);
                           *result = std::move(got);
                       });
        return result;
    }

    template <typename... Results> void run_until_all(const Results&... results) {
        while (!(... && results->has_value())) context.run_one();
    }

    std::thread::id callers_thread = std::this_thread::get_id();
    asio::io_context context{1};
    std::deque<scripted::Server> servers;
    io::SendLane lane{2};
};

TEST_F(SendLane, HangingReceiversAndAHangingRelayDelayNobody) {
    std::deque<std::shared_ptr<std::optional<io::HttpResponse>>> hanging;
    for (int count = 0; count < 50; ++count) hanging.push_back(post({scripted::stall()}));
    for (int count = 0; count < 10; ++count)
        hanging.push_back(post({scripted::hear("{}"), scripted::drip(no_content.substr(0, 9) + "999 ")}));
    const auto hanging_mail = mail(relay_that(Part::answer, {scripted::stall()}));
    for (const auto& server : servers) {
        while (server.connections() == 0) context.run_one();
    }
    const auto hook = post({scripted::hear("{}"), scripted::say(no_content)});
    const auto good_mail = mail(relay_that(Part::farewell, {scripted::stall()}));
    run_until_all(hook, good_mail);
    EXPECT_EQ((*hook)->status, 204);
    EXPECT_TRUE((*good_mail)->accepted) << (*good_mail)->text;
    EXPECT_FALSE(hanging_mail->has_value());
    for (std::size_t number = 0; number < 50; ++number) EXPECT_FALSE(hanging[number]->has_value());
    lane.stop();
    EXPECT_FALSE(hanging_mail->has_value());
}

TEST_F(SendLane, MoreMailsThanThreadsWaitForTheirTurn) {
    std::deque<std::shared_ptr<std::optional<io::MailResult>>> results;
    for (int count = 0; count < 7; ++count) results.push_back(mail(relay_that(Part::farewell, {scripted::stall()})));
    for (const auto& result : results) run_until_all(result);
    for (const auto& result : results) EXPECT_TRUE((*result)->accepted) << (*result)->text;
}

TEST_F(SendLane, ARelayThatHangsGivesItsThreadBackAfterItsCap) {
    const auto first = mail(relay_that(Part::greeting, {scripted::stall()}), Milliseconds{300});
    const auto second = mail(relay_that(Part::mail, {scripted::deaf()}), Milliseconds{300});
    const auto third = mail(relay_that(Part::farewell, {scripted::stall()}));
    run_until_all(first, second, third);
    EXPECT_TRUE((*first)->timed_out);
    EXPECT_TRUE((*second)->timed_out);
    EXPECT_TRUE((*third)->accepted) << (*third)->text;
}

TEST_F(SendLane, ACancelledWebhookIsCutOnTheLane) {
    auto& server = serve({scripted::hear("{}"), scripted::stall()});
    asio::cancellation_signal cancel;
    std::optional<std::exception_ptr> failure;
    asio::co_spawn(
        context, lane.http().request(request_to(server)),
        asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& thrown, const io::HttpResponse&) { failure = thrown; }));
    while (server.heard().empty()) context.run_one();
    cancel.emit(asio::cancellation_type::terminal);
    while (!failure) context.run_one();
    ASSERT_NE(*failure, nullptr);
    EXPECT_THROW(std::rethrow_exception(*failure), boost::system::system_error);
}

TEST_F(SendLane, AStoppedLaneResumesNobodyAndMayBeStoppedAgain) {
    const auto hook = post({scripted::stall()});
    const auto letter = mail(relay_that(Part::greeting, {scripted::stall()}));
    for (const auto& server : servers) {
        while (server.connections() == 0) context.run_one();
    }
    lane.stop();
    lane.stop();
    context.poll();
    EXPECT_FALSE(hook->has_value());
    EXPECT_FALSE(letter->has_value());
}

} // namespace

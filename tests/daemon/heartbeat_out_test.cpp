#include "daemon/heartbeat_out.hpp"

#include "io/spawn.hpp"
#include "notifier/webhook_message.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/run_loop.hpp"
#include "tests/fakes/scripted_http.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hinomi {
namespace {

using namespace std::chrono_literals;

class Heartbeats : public ::testing::Test {
public:
    ~Heartbeats() override { clock.clear(); }

protected:
    void start(std::string secret) {
        heartbeat.emplace(HeartbeatOut::Parts{clock, http, random, [this] { return healthy; }},
                          HeartbeatOut::Target{.url = "https://watcher.example/ping", .every = 60s, .secret = std::move(secret)});
        io::spawn(loop.executor(), heartbeat->run(), [](std::exception_ptr) {});
        loop.settle();
    }

    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    fakes::CountingRandom random;
    fakes::ScriptedHttp http{clock};
    bool healthy = true;
    std::optional<HeartbeatOut> heartbeat;
};

TEST_F(Heartbeats, arePostedAtTheIntervalWhileAllIsWell) {
    start("");
    loop.advance(130s);
    EXPECT_EQ(http.sent.size(), 3U);
    EXPECT_EQ(heartbeat->counts().sent, 3U);
    healthy = false;
    loop.advance(180s);
    EXPECT_EQ(http.sent.size(), 3U) << "a daemon that hangs must not look alive";
    healthy = true;
    loop.advance(60s);
    EXPECT_EQ(http.sent.size(), 4U);
}

TEST_F(Heartbeats, areSignedAsWebhooksAre) {
    start("0123456789abcdef");
    const auto& request = http.sent.at(0).request;
    std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
    EXPECT_EQ(headers.at("webhook-signature"), notifier::webhook_signature("0123456789abcdef", headers.at("webhook-id"),
                                                                           std::stoll(headers.at("webhook-timestamp")), request.body));
}

TEST_F(Heartbeats, goToAnotherPartyAsSoonAsItIsNamed) {
    start("");
    loop.advance(10s);
    heartbeat->set_target(HeartbeatOut::Target{.url = "https://watcher.example/ping", .every = 60s, .secret = ""});
    loop.advance(10s);
    EXPECT_EQ(http.sent.size(), 1U) << "the same one waits for its turn";
    heartbeat->set_target(HeartbeatOut::Target{.url = "https://other.example/ping", .every = 30s, .secret = ""});
    loop.advance(40s);
    ASSERT_EQ(http.sent.size(), 3U);
    EXPECT_EQ(http.sent.at(1).request.url, "https://other.example/ping");
    EXPECT_EQ(http.sent.at(2).at.boot - http.sent.at(1).at.boot, 30s);
    heartbeat->set_target(std::nullopt);
    loop.advance(300s);
    EXPECT_EQ(http.sent.size(), 3U) << "nobody is named any more";
    heartbeat->set_target(HeartbeatOut::Target{.url = "https://watcher.example/ping", .every = 60s, .secret = ""});
    loop.advance(1s);
    EXPECT_EQ(http.sent.size(), 4U);
}

} // namespace
} // namespace hinomi

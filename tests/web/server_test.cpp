#include "web/server.hpp"

#include "tests/fakes/manual_clock.hpp"
#include "tests/web/web_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using asio_endpoint = boost::asio::ip::tcp::endpoint;
using model::Milliseconds;

/// So many pieces of 64 KB, and how many were asked for.
class Pieces final : public web::BodySource {
public:
    Pieces(std::size_t count, std::shared_ptr<std::size_t> made) : count_(count), made_(std::move(made)) {}
    bool next(std::string& piece) override {
        if (count_ == 13) throw std::runtime_error("the thirteenth is never made");
        piece.assign(web::piece_bytes, 'x');
        return ++*made_ < count_;
    }

private:
    std::size_t count_;
    std::shared_ptr<std::size_t> made_;
};

class WebServer : public testing::Test {
protected:
    WebServer() {
        router_.add("GET", "/hello", [this](const web::Request& request) {
            seen_ = request;
            return web::text_answer(200, "good evening");
        });
        router_.add("POST", "/echo", [](const web::Request& request) { return web::text_answer(200, request.body); }, /*body_limit=*/100);
        router_.add("GET", "/broken", [](const web::Request&) -> web::Answer { throw std::runtime_error("broken"); });
        for (const std::size_t count : {std::size_t{3}, std::size_t{13}, std::size_t{1000}}) {
            router_.add("GET", "/pieces/" + std::to_string(count), [this, count](const web::Request&) {
                web::Answer answer;
                answer.source = std::make_unique<Pieces>(count, made_);
                return answer;
            });
        }
    }

    void start(web::Limits limits = {}) {
        server_ = std::make_unique<web::Server>(context_.get_executor(), clock_, router_, limits);
        server_->listen({asio_endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)});
        ASSERT_TRUE(turn_until(context_, [this] { return !server_->endpoints().empty(); }));
    }

    WebClient connect() { return {context_, server_->endpoints().front()}; }

    /// What the server answers to these bytes, until it closes.
    std::string answer_to(const std::string& bytes) {
        auto client = connect();
        client.send(bytes);
        return client.until_end();
    }

    void settle() {
        for (int turn = 0; turn < 100; ++turn) {
            context_.restart();
            context_.poll();
        }
    }

    boost::asio::io_context context_{1};
    fakes::ManualClock clock_;
    web::Router router_;
    std::unique_ptr<web::Server> server_;
    web::Request seen_;
    std::shared_ptr<std::size_t> made_ = std::make_shared<std::size_t>(0);
};

TEST_F(WebServer, AnswersARequest) {
    start();
    const auto answer = answer_to("GET /hello?a=b%20c HTTP/1.1\r\nHost: here\r\nX-Thing: some\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "good evening\n");
    EXPECT_NE(answer.find("Content-Length: 13\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Date: "), std::string::npos);
    EXPECT_EQ(seen_.path, "/hello");
    EXPECT_EQ(seen_.query, "a=b%20c");
    EXPECT_EQ(seen_.header("x-thing"), "some");
    EXPECT_TRUE(seen_.peer.starts_with("127.0.0.1:")) << seen_.peer;
    EXPECT_EQ(server_->counts().answers.at(200), 1U);
}

TEST_F(WebServer, AnswersManyRequestsOnOneConnection) {
    start();
    auto client = connect();
    const std::string request = "GET /hello HTTP/1.1\r\nHost: here\r\n\r\n";
    client.send(request + request);  // pipelined
    EXPECT_TRUE(turn_until(context_, [&] { return server_->counts().answers.contains(200) && server_->counts().answers.at(200) == 2; }));
    client.send("GET http://here/hello HTTP/1.0\r\n\r\n");
    client.until_end();
    EXPECT_EQ(server_->counts().answers.at(200), 3U);
    EXPECT_EQ(server_->counts().accepted, 1U);
}

TEST_F(WebServer, SendsNoBodyToHead) {
    start();
    const auto answer = answer_to("HEAD /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("Content-Length: 13\r\n"), std::string::npos);
    EXPECT_EQ(body_of(answer), "");
}

TEST_F(WebServer, ReadsABodyWithinTheLimitOfItsRoute) {
    start();
    EXPECT_EQ(body_of(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")), "hello\n");
    EXPECT_EQ(body_of(answer_to("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "5\r\nhello\r\n0\r\n\r\n")),
              "hello\n");
}

TEST_F(WebServer, AsksForABodyThatIsHeldBack) {
    start();
    auto client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    ASSERT_TRUE(client.until("100 Continue\r\n\r\n"));
    client.send("hello");
    EXPECT_TRUE(client.until_end().ends_with("hello\n")) << client.received();
}

struct Refused {
    const char* name;
    std::string bytes;
    int status;
};

TEST_F(WebServer, RefusesWhatItCannotTake) {
    const std::string end = " HTTP/1.1\r\nHost: h\r\n";
    const std::vector<Refused> cases{
        {"no HTTP", "garbage\r\n\r\n", 400},
        {"TLS to a clear text port", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(200, '\x7f'), 400},
        {"a wrong version", "GET /hello HTTP/9.9\r\nHost: h\r\n\r\n", 400},
        {"a header without a colon", "GET /hello" + end + "nonsense\r\n\r\n", 400},
        {"no host", "GET /hello HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET /hello" + end + "Host: other\r\n\r\n", 400},
        {"two lengths", "POST /echo" + end + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
        {"a length that is none", "POST /echo" + end + "Content-Length: -1\r\n\r\n", 400},
        {"a long header", "GET /hello" + end + "X: " + std::string(70'000, 'x') + "\r\n\r\n", 431},
        {"a long target", "GET /" + std::string(70'000, 'x') + end + "\r\n", 431},
        {"an endless request line", std::string(100'000, 'G'), 431},
        {"a long body", "POST /echo" + end + "Content-Length: 101\r\n\r\n" + std::string(101, 'x'), 413},
        {"a huge body", "POST /echo" + end + "Content-Length: 99999999999\r\n\r\n", 413},
        {"a long body in chunks", "POST /echo" + end + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" + std::string(65'535, 'x'), 413},
        {"a body where none belongs", "GET /hello" + end + "Content-Length: 1\r\n\r\nx", 413},
        {"no such path", "GET /nowhere" + end + "Connection: close\r\n\r\n", 404},
        {"no such path, with a body", "POST /nowhere" + end + "Content-Length: 100000\r\n\r\nx", 404},
        {"no such method", "DELETE /hello" + end + "Connection: close\r\n\r\n", 405},
        {"a handler that fails", "GET /broken" + end + "Connection: close\r\n\r\n", 500},
    };
    start();
    for (const auto& each : cases) {
        auto client = connect();
        client.send(each.bytes);
        turn_until(context_, [&] { return client.ended() || status_of(client.received()) != 0; });
        EXPECT_EQ(status_of(client.received()), each.status) << each.name << ": " << client.received().substr(0, 300);
    }
    EXPECT_EQ(body_of(answer_to("GET /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")), "good evening\n");
}

TEST_F(WebServer, StreamsInPieces) {
    start();
    const auto answer = answer_to("GET /pieces/3 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(body_of(answer), std::string(3 * web::piece_bytes, 'x'));
    EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n"));
}

TEST_F(WebServer, StreamsToOldClientsWithoutChunks) {
    start();
    const auto answer = answer_to("GET /pieces/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(body_of(answer), std::string(3 * web::piece_bytes, 'x'));
    EXPECT_EQ(answer.find("chunked"), std::string::npos);
}

TEST_F(WebServer, AnAnswerThatBreaksOffIsKnownAsIncomplete) {
    start();
    const auto answer = answer_to("GET /pieces/13 HTTP/1.1\r\nHost: here\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_FALSE(answer.ends_with("0\r\n\r\n"));
}

TEST_F(WebServer, MakesNoPieceBeforeTheOneBeforeIsTaken) {
    start();
    auto client = connect();
    client.stop_reading();
    client.send("GET /pieces/1000 HTTP/1.1\r\nHost: here\r\n\r\n");
    ASSERT_TRUE(turn_until(context_, [&] { return *made_ > 0; }));
    settle();
    EXPECT_LT(*made_, 500U);  // the kernel's buffers and one piece, not 64 MB
    clock_.advance(web::Limits{}.piece);
    EXPECT_TRUE(turn_until(context_, [&] { return server_->counts().open == 0; }));
}

TEST_F(WebServer, ASlowRequestIsCutAndAnIdleConnectionClosed) {
    start();
    auto slow = connect();
    slow.send("GET /hello HTTP/1.1\r\nHo");
    auto idle = connect();
    ASSERT_TRUE(turn_until(context_, [&] { return server_->counts().open == 2; }));
    settle();
    clock_.advance(web::Limits{}.request);
    EXPECT_EQ(slow.until_end(), "");
    EXPECT_FALSE(idle.ended());
    clock_.advance(web::Limits{}.idle);
    EXPECT_EQ(idle.until_end(), "");
    EXPECT_TRUE(turn_until(context_, [&] { return server_->counts().open == 0; }));
}

TEST_F(WebServer, TheLongestIdleConnectionMakesRoom) {
    start({.connections = 3});
    std::vector<std::unique_ptr<WebClient>> clients;
    for (int count = 0; count < 3; ++count) {
        clients.push_back(std::make_unique<WebClient>(context_, server_->endpoints().front()));
        ASSERT_TRUE(turn_until(context_, [&] { return server_->counts().open == clients.size(); }));
        settle();
        clock_.advance(Milliseconds{10});
    }
    EXPECT_EQ(status_of(answer_to("GET /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")), 200);
    EXPECT_TRUE(turn_until(context_, [&] { return clients[0]->ended(); }));
    EXPECT_FALSE(clients[1]->ended());
    EXPECT_FALSE(clients[2]->ended());
}

TEST_F(WebServer, WhenAllAreBusyTheNewcomerIsToldToComeAgain) {
    start({.connections = 2});
    auto first = connect();
    auto second = connect();
    first.send("GET /hel");
    second.send("GET /hel");
    ASSERT_TRUE(turn_until(context_, [&] { return server_->counts().open == 2; }));
    settle();
    auto third = connect();
    EXPECT_TRUE(third.until("Retry-After: 1"));
    EXPECT_EQ(status_of(third.received()), 503);
    first.send("lo HTTP/1.1\r\nHost: here\r\n\r\n");
    EXPECT_TRUE(first.until("good evening"));
}

TEST_F(WebServer, SurvivesManyConnectionsAtOnce) {
    start({.connections = 50});
    std::vector<std::unique_ptr<WebClient>> clients;
    for (int count = 0; count < 300; ++count) {
        clients.push_back(std::make_unique<WebClient>(context_, server_->endpoints().front()));
        clients.back()->send("GET /hello HTTP/1.1\r\nHost: here\r\n\r\n");
        settle();
        EXPECT_LE(server_->counts().open, 100U);
    }
    EXPECT_TRUE(turn_until(context_, [&] { return clients.back()->ended() || status_of(clients.back()->received()) == 200; }));
    clients.clear();
    EXPECT_TRUE(turn_until(context_, [&] { return server_->counts().open == 0; }));
    EXPECT_EQ(status_of(answer_to("GET /hello HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")), 200);
}

TEST_F(WebServer, AnAddressThatIsTakenIsTriedAgain) {
    start();
    const auto taken = server_->endpoints().front();
    web::Server other(context_.get_executor(), clock_, router_, {});
    other.listen({taken});
    settle();
    EXPECT_TRUE(other.endpoints().empty());
    server_->stop();
    settle();
    clock_.advance(web::Limits{}.bind_again);
    EXPECT_TRUE(turn_until(context_, [&] { return !other.endpoints().empty(); }));
}

TEST_F(WebServer, StopsWithConnectionsOpen) {
    start();
    auto idle = connect();
    auto busy = connect();
    busy.send("GET /hel");
    ASSERT_TRUE(turn_until(context_, [&] { return server_->counts().open == 2; }));
    settle();
    server_.reset();
    EXPECT_EQ(idle.until_end(), "");
    EXPECT_EQ(busy.until_end(), "");
}

} // namespace

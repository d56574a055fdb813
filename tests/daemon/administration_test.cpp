#include "daemon/administration.hpp"

#include "daemon/exit_code.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/run_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace hinomi {
namespace {

using testing::HasSubstr;

class Administering : public testing::Test {
protected:
    /// What somebody whose verified certificate has these names is answered.
    web::Answer ask(const std::string& method, const std::string& path, std::vector<std::string> names, std::string body = "") {
        web::Request request;
        request.method = method;
        request.path = path;
        request.peer = "192.0.2.7:40000";
        request.body = std::move(body);
        request.certificate_names = std::move(names);
        const auto match = administration_.router().find(method, path);
        std::optional<web::Answer> answer;
        if (match.route == nullptr) return web::text_answer(404, "");
        io::spawn(loop_.executor(), take(match.route->handler, std::move(request), answer),
                  [](std::exception_ptr failure) { EXPECT_EQ(failure, nullptr); });
        loop_.settle();
        return std::move(answer.value());
    }

    static asio::awaitable<void> take(web::Handler handler, web::Request request, std::optional<web::Answer>& answer) {
        answer = co_await handler(std::move(request));
    }

    asio::awaitable<Answer> reload(Reloader::Wish wish) {
        wishes_.push_back(std::move(wish));
        co_return next_;
    }

    fakes::ManualClock clock_;
    fakes::RunLoop loop_{clock_};
    std::vector<Reloader::Wish> wishes_;
    Answer next_;
    Administration administration_{loop_.executor(), clock_,
                                   config::AdministrationSettings{.address = "127.0.0.1",
                                                                  .port = 0,
                                                                  .certificate_file = {},
                                                                  .key = {},
                                                                  .client_ca_file = {},
                                                                  .viewer = {"watcher.example"},
                                                                  .admin = {"sato", "deploy.example"}},
                                   nullptr, [this](Reloader::Wish wish) { return reload(std::move(wish)); }};
};

TEST_F(Administering, an_admin_reloads_and_the_ledger_learns_who_he_is) {
    next_.message = "watches: 1 added";
    for (const auto* method : {"POST", "PUT"}) {
        const auto answer = ask(method, "/-/reload", {"sato", "sato@provider.example"}, "new\nwatch");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "watches: 1 added\n");
    }
    ASSERT_EQ(wishes_.size(), 2U);
    EXPECT_EQ(wishes_[0].actor, "sato");
    EXPECT_EQ(wishes_[0].origin, "http 192.0.2.7:40000");
    EXPECT_EQ(wishes_[0].reason, "new watch") << "in one line";
    EXPECT_FALSE(wishes_[0].force) << "never by HTTP";
}

TEST_F(Administering, a_right_that_is_withdrawn_is_gone_with_the_next_request) {
    config::AdministrationSettings now;
    now.admin = {"deploy.example"};
    now.viewer = {"sato"};
    administration_.set_rights(now);
    EXPECT_EQ(ask("POST", "/-/reload", {"sato"}).status, 403);
    EXPECT_EQ(ask("GET", "/-/healthy", {"sato"}).status, 200);
    EXPECT_EQ(ask("POST", "/-/reload", {"deploy.example"}).status, 200);
    EXPECT_EQ(ask("GET", "/-/healthy", {"watcher.example"}).status, 403);
    administration_.set_rights(std::nullopt);
    EXPECT_EQ(ask("POST", "/-/reload", {"deploy.example"}).status, 403) << "the listener is there until the next start, nobody may use it";
}

TEST_F(Administering, any_name_of_the_certificate_counts) {
    EXPECT_EQ(ask("POST", "/-/reload", {"runner-17", "deploy.example"}).status, 200);
}

TEST_F(Administering, what_is_rejected_is_told_with_its_reason) {
    next_ = failed("these watches would leave while their incident is open: web/liveness");
    const auto answer = ask("POST", "/-/reload", {"sato"});
    EXPECT_EQ(answer.status, 409);
    EXPECT_THAT(answer.body, HasSubstr("would leave while their incident is open"));
}

TEST_F(Administering, others_may_not_even_look) {
    EXPECT_EQ(ask("POST", "/-/reload", {"watcher.example"}).status, 403) << "a viewer";
    EXPECT_THAT(ask("POST", "/-/reload", {"mallory"}).body, HasSubstr("the certificate of mallory may not reload. See `administration`"));
    EXPECT_EQ(ask("POST", "/-/reload", {}).status, 403) << "a certificate without a name";
    EXPECT_EQ(ask("GET", "/-/healthy", {"mallory"}).status, 403);
    EXPECT_TRUE(wishes_.empty());
    EXPECT_EQ(ask("GET", "/-/healthy", {"watcher.example"}).status, 200);
    EXPECT_EQ(ask("GET", "/-/healthy", {"sato"}).status, 200);
    EXPECT_EQ(ask("GET", "/-/reload", {"sato"}).status, 404) << "a link must not reload";
}

} // namespace
} // namespace hinomi

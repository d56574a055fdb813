#include "daemon/references.hpp"

#include "io/inline_probe_lanes.hpp"
#include "io/spawn.hpp"
#include "tests/fakes/fake_probe_effects.hpp"
#include "tests/fakes/run_loop.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hinomi {
namespace {

using namespace std::chrono_literals;
using model::CrossCheck;
using Servers = std::vector<std::string>;

/// Name servers that answer, or do not, after a second.
class AskedServers final : public io::Resolver {
public:
    explicit AskedServers(io::Clock& clock) : clock_(clock) {}

    asio::awaitable<io::ResolveResult> resolve(std::string, io::AddressFamily, model::Milliseconds) override {
        co_return io::ResolveResult{};
    }
    [[nodiscard]] std::vector<std::string> servers() const override { return {}; }
    asio::awaitable<bool> server_answers(std::string server, model::Milliseconds) override {
        asked.push_back(server);
        co_await io::sleep_until(clock_, clock_.now().boot + 1s);
        co_return well.contains(server);
    }

    std::set<std::string> well;
    Servers asked;

private:
    io::Clock& clock_;
};

class CrossChecking : public testing::Test {
public:
    ~CrossChecking() override { clock.clear(); }

protected:
    CrossChecking() {
        io::spawn(loop.executor(), references.keep_known(), [](std::exception_ptr) {});
        loop.settle();
    }

    static asio::awaitable<void> keep(References& references, std::optional<CrossCheck>& into) { into = co_await references.cross_check(); }

    CrossCheck cross_check() {
        std::optional<CrossCheck> result;
        io::spawn(loop.executor(), keep(references, result), [](std::exception_ptr) {});
        loop.advance(2s);
        return result.value();
    }

    fakes::ManualClock clock;
    fakes::RunLoop loop{clock};
    fakes::ProbeEffectsScript script;
    AskedServers servers{clock};
    io::InlineProbeLanes lanes{io::ProbeEffects{clock, script.http, script.stream, servers, script.datagram}};
    References references{loop.executor(), lanes, clock, {"192.0.2.1", "192.0.2.2"}, 2s};
};

TEST_F(CrossChecking, OneThatAnswersIsEnoughAndTheUsableOnesMustAllBeSilent) {
    loop.advance(2s);
    EXPECT_EQ(CrossCheck::none_usable, cross_check()) << "none has ever answered";
    servers.well = {"192.0.2.2"};
    EXPECT_EQ(CrossCheck::answered, cross_check());
    servers.well = {};
    EXPECT_EQ(CrossCheck::all_silent, cross_check());
}

TEST_F(CrossChecking, OthersAreAskedAtOnceAndWhatIsKnownOfThoseThatStayIsKept) {
    servers.well = {"192.0.2.2"};
    EXPECT_EQ(CrossCheck::answered, cross_check());
    servers.well = {};
    servers.asked.clear();
    references.replace({"192.0.2.2", "192.0.2.3"});
    loop.advance(2s);
    EXPECT_EQ((Servers{"192.0.2.2", "192.0.2.3"}), servers.asked);
    EXPECT_EQ(1U, references.usable());
    EXPECT_EQ(CrossCheck::all_silent, cross_check()) << "the one that stayed has answered before";
    references.replace({"192.0.2.3"});
    EXPECT_EQ(CrossCheck::none_usable, cross_check());
}

TEST_F(CrossChecking, TheSameOnesAreNotAskedAgainForAReload) {
    loop.advance(2s);
    servers.asked.clear();
    references.replace({"192.0.2.2", "192.0.2.1"});
    loop.advance(60s);
    EXPECT_TRUE(servers.asked.empty());
    loop.advance(300s);
    EXPECT_EQ(2U, servers.asked.size()) << "every five minutes";
}

TEST_F(CrossChecking, OnesThatComeAfterThereWereNoneAreAskedToo) {
    references.replace({});
    loop.advance(900s);
    servers.asked.clear();
    EXPECT_EQ(CrossCheck::none_usable, cross_check());
    servers.well = {"192.0.2.9"};
    references.replace({"192.0.2.9"});
    loop.advance(2s);
    EXPECT_EQ(Servers{"192.0.2.9"}, servers.asked);
    EXPECT_EQ(CrossCheck::answered, cross_check());
}

TEST_F(CrossChecking, OnesThatLeaveWhileTheyAreAskedAreLetGo) {
    servers.well = {"192.0.2.1"};
    std::optional<CrossCheck> result;
    io::spawn(loop.executor(), keep(references, result), [](std::exception_ptr) {});
    loop.settle();
    references.replace({"192.0.2.8"});
    loop.advance(2s);
    EXPECT_EQ(CrossCheck::none_usable, result) << "what those say that are gone does not count";
}

} // namespace
} // namespace hinomi

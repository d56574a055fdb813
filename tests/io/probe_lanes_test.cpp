#include "io/inline_probe_lanes.hpp"
#include "io/sleep.hpp"
#include "io/threaded_probe_lanes.hpp"
#include "tests/fakes/silent_datagram.hpp"
#include "tests/io/run_to_end.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
using model::Milliseconds;
using model::Observation;
using model::Outcome;
using model::Reason;

constexpr Milliseconds long_time{3'600'000};

/// The lanes only hold it here.
struct SilentHttp final : io::HttpClient {
    asio::awaitable<io::HttpResponse> request(io::HttpRequest request) override {
        io::HttpResponse response;
        response.body = std::move(request.url);
        co_return response;
    }
};

std::unique_ptr<io::HttpClient> make_silent_http(asio::any_io_executor, io::Clock&, io::Resolver&) {
    return std::make_unique<SilentHttp>();
}

asio::awaitable<Observation> tell_thread(io::ProbeEffects& effects) {
    co_await io::sleep_until(effects.clock, effects.clock.now().boot + Milliseconds{1});
    Observation observation;
    observation.detail = std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id()));
    co_return observation;
}

asio::awaitable<Observation> fail_at_once(io::ProbeEffects&) {
    throw std::runtime_error("division by cucumber");
    co_return Observation{};
}

asio::awaitable<Observation> throw_a_number(io::ProbeEffects&) {
    throw 5;
    co_return Observation{};
}

/// Waits for very long; tells when it has begun and when it has left.
struct Patient {
    std::atomic<bool> begun = false;
    std::atomic<bool> left = false;

    io::ProbeWork work(asio::any_io_executor caller, std::function<void()> on_begun) {
        return [this, caller, on_begun](io::ProbeEffects& effects) { return wait(effects, caller, on_begun); };
    }
    asio::awaitable<Observation> wait(io::ProbeEffects& effects, asio::any_io_executor caller, std::function<void()> on_begun) {
        struct Leaving {
            std::atomic<bool>& left;
            ~Leaving() { left = true; }
        };
        const Leaving leaving(left);
        begun = true;
        asio::post(caller, on_begun);
        co_await io::sleep_until(effects.clock, effects.clock.now().boot + long_time);
        co_return Observation{};
    }
};

asio::awaitable<bool> yes(io::ProbeEffects&) { co_return true; }

asio::awaitable<bool> crash(io::ProbeEffects&) {
    throw std::runtime_error("crash");
    co_return true;
}

asio::awaitable<Observation> ask_http(io::ProbeEffects& effects) {
    io::HttpRequest request;
    request.url = "http://127.0.0.1/";
    const auto response = co_await effects.http.request(std::move(request));
    Observation observation;
    observation.detail = response.body;
    co_return observation;
}

class ThreadedLanes : public testing::Test {
protected:
    Observation observe(std::uint32_t lane, io::ProbeWork work) { return run_to_end(context, lanes.observe(lane, std::move(work))); }

    asio::io_context context{1};
    io::ThreadedProbeLanes lanes{2, make_silent_http};
};

TEST_F(ThreadedLanes, EachLaneIsAThreadOfItsOwnAndTheResultComesBackToTheCaller) {
    EXPECT_EQ(lanes.count(), 2U);
    const auto here = std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id()));
    const auto first = observe(0, tell_thread).detail;
    EXPECT_NE(first, here);
    EXPECT_EQ(observe(0, tell_thread).detail, first);
    EXPECT_NE(observe(1, tell_thread).detail, first);
    bool ran_here = false;
    asio::co_spawn(context, lanes.observe(1, tell_thread), [&](std::exception_ptr, const Observation&) {
        ran_here = std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id())) == here;
    });
    context.run();
    EXPECT_TRUE(ran_here);
}

TEST_F(ThreadedLanes, TheWorkHasTheEffectsOfItsLane) { EXPECT_EQ(observe(1, ask_http).detail, "http://127.0.0.1/"); }

TEST_F(ThreadedLanes, ACrashOfAProbeIsASilentObservation) {
    struct Case {
        asio::awaitable<Observation> (*work)(io::ProbeEffects&);
        std::string detail;
    };
    for (const auto& [work, detail] :
         {Case{fail_at_once, "division by cucumber"}, Case{throw_a_number, "an exception that is not a std::exception"}}) {
        const auto observation = observe(0, work);
        EXPECT_EQ(observation.outcome, Outcome::silent);
        EXPECT_EQ(observation.reason, Reason::probe_crashed);
        EXPECT_EQ(observation.detail, detail);
        EXPECT_GT(observation.started.boot.count(), 0);
        EXPECT_GE(observation.completed.boot, observation.started.boot);
    }
}

TEST_F(ThreadedLanes, AChecksCrashIsNo) {
    EXPECT_TRUE(run_to_end(context, lanes.check(0, yes)));
    EXPECT_FALSE(run_to_end(context, lanes.check(0, crash)));
}

TEST_F(ThreadedLanes, ManyAttemptsAtOnceAllComeBack) {
    int ended = 0;
    std::set<std::string> threads;
    for (std::uint32_t number = 0; number < 500; ++number) {
        asio::co_spawn(context, lanes.observe(number % 2, tell_thread), [&](std::exception_ptr failure, const Observation& observation) {
            EXPECT_EQ(failure, nullptr);
            threads.insert(observation.detail);
            ++ended;
        });
    }
    context.run();
    EXPECT_EQ(ended, 500);
    EXPECT_EQ(threads.size(), 2U);
}

TEST_F(ThreadedLanes, CancellingTheCallerEndsTheWorkOnTheLane) {
    Patient patient;
    asio::cancellation_signal cancel;
    bool ended = false;
    asio::co_spawn(context, lanes.observe(1, patient.work(context.get_executor(), [&] { cancel.emit(asio::cancellation_type::terminal); })),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, const Observation& observation) {
                       ended = true;
                       EXPECT_EQ(observation.reason, Reason::shutting_down);
                       EXPECT_TRUE(patient.left);
                   }));
    context.run();
    EXPECT_TRUE(ended);
}

TEST_F(ThreadedLanes, StopCutsOffWhatIsUnderWayAndTellsTheCallers) {
    Patient patients[2];
    int begun = 0;
    int ended = 0;
    for (std::uint32_t lane = 0; lane < 2; ++lane) {
        asio::co_spawn(context,
                       lanes.observe(lane, patients[lane].work(context.get_executor(),
                                                               [&] {
                                                                   if (++begun == 2) lanes.stop();
                                                               })),
                       [&](std::exception_ptr failure, const Observation& observation) {
                           EXPECT_EQ(failure, nullptr);
                           EXPECT_EQ(observation.outcome, Outcome::silent);
                           EXPECT_EQ(observation.reason, Reason::shutting_down);
                           ++ended;
                       });
    }
    context.run();
    EXPECT_EQ(ended, 2);
    EXPECT_TRUE(patients[0].left && patients[1].left);
    lanes.stop();
}

TEST_F(ThreadedLanes, AfterStopEverythingIsCutOffAtOnce) {
    lanes.stop();
    EXPECT_EQ(lanes.count(), 2U);
    EXPECT_EQ(observe(0, tell_thread).reason, Reason::shutting_down);
    EXPECT_FALSE(run_to_end(context, lanes.check(1, yes)));
}

TEST_F(ThreadedLanes, StopLeavesNothingBehindWhenTheCallersAreNeverResumed) {
    Patient patient;
    asio::co_spawn(context, lanes.observe(0, patient.work(context.get_executor(), [&] { context.stop(); })),
                   [](std::exception_ptr, const Observation&) { FAIL(); });
    context.run();
    lanes.stop();
    EXPECT_TRUE(patient.left);
}

TEST_F(ThreadedLanes, StopWithAttemptsThatHaveNotBegun) {
    int ended = 0;
    for (std::uint32_t number = 0; number < 100; ++number) {
        asio::co_spawn(context, lanes.observe(number % 2, tell_thread), [&](std::exception_ptr, const Observation&) { ++ended; });
    }
    context.poll_one();
    lanes.stop();
    context.run();
    EXPECT_EQ(ended, 100);
}

asio::awaitable<Observation> ignore_cancellation(io::ProbeEffects& effects) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    io::Alarm never_rung(effects.clock);
    co_await never_rung.wait();
    co_return Observation{};
}

TEST_F(ThreadedLanes, StopDoesNotWaitForeverForWorkThatDoesNotHeedIt) {
    bool resumed = false;
    asio::co_spawn(context, lanes.observe(0, ignore_cancellation), [&](std::exception_ptr, const Observation&) { resumed = true; });
    context.poll();
    EXPECT_TRUE(run_to_end(context, lanes.check(0, yes)));  // so the other has begun
    lanes.stop();
    EXPECT_FALSE(resumed);
}

TEST(InlineLanes, RunOnTheCallersThreadWithTheSameGuarantees) {
    asio::io_context context{1};
    struct NoStream final : io::StreamExchange {
        asio::awaitable<io::StreamResponse> exchange(io::StreamRequest) override { co_return io::StreamResponse{}; }
    } stream;
    struct NoResolver final : io::Resolver {
        asio::awaitable<io::ResolveResult> resolve(std::string, io::AddressFamily, Milliseconds) override { co_return io::ResolveResult{}; }
        [[nodiscard]] std::vector<std::string> servers() const override { return {}; }
        asio::awaitable<bool> server_answers(std::string, Milliseconds) override { co_return false; }
    } resolver;
    struct NoClock final : io::Clock {
        model::Instant now() override { return {}; }
        TimerId call_at(Milliseconds, std::move_only_function<void()>) override { return 1; }
        void cancel(TimerId) override {}
    } clock;
    SilentHttp http;
    fakes::SilentDatagram datagram;
    io::InlineProbeLanes lanes(io::ProbeEffects{clock, http, stream, resolver, datagram});
    EXPECT_EQ(lanes.count(), 1U);
    EXPECT_EQ(run_to_end(context, lanes.observe(7, ask_http)).detail, "http://127.0.0.1/");
    EXPECT_EQ(run_to_end(context, lanes.observe(0, fail_at_once)).reason, Reason::probe_crashed);
    EXPECT_TRUE(run_to_end(context, lanes.check(0, yes)));
    EXPECT_FALSE(run_to_end(context, lanes.check(0, crash)));
}

} // namespace

#include "io/threaded_probe_lanes.hpp"

#include "io/ares_resolver.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "io/deadline.hpp"
#include "io/probe_work.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pthread.h>

#include <algorithm>
#include <list>
#include <string>
#include <thread>
#include <utility>

namespace io {

namespace {

constexpr model::Milliseconds patience{2'000};  ///< with work that does not heed its cancellation when the lane stops

} // namespace

/// One thread and everything on it. Members are made before the thread starts and destroyed after it ended.
class ThreadedProbeLanes::Lane {
public:
    Lane(std::uint32_t number, const HttpClientFactory& make_http)
        : clock_(context_.get_executor()), resolver_(context_.get_executor(), clock_), stream_(context_.get_executor(), clock_, resolver_),
          http_(make_http(context_.get_executor(), clock_, resolver_)), effects_{clock_, *http_, stream_, resolver_},
          thread_([this] { context_.run(); }) {
        pthread_setname_np(thread_.native_handle(), ("lane " + std::to_string(number)).c_str());
    }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane() { stop(); }

    [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }
    [[nodiscard]] ProbeEffects& effects() { return effects_; }
    [[nodiscard]] bool stopped() const { return !thread_.joinable(); }

    /// On the lane: runs `work` so that `stop` can cut it off.
    template <typename Result> asio::awaitable<Result> run(asio::awaitable<Result> work) {
        const Entry entry(*this);
        co_return co_await cancellable(std::move(work), entry.signal);
    }

    void ask_to_stop() {
        if (std::exchange(asked_to_stop_, true)) return;
        asio::post(context_, [this] {
            stopping_ = true;
            clock_.call_at(clock_.now().boot + patience, [this] { context_.stop(); });
            const auto running = running_;  // each may leave the list at once
            for (const auto& signal : running) signal->emit(asio::cancellation_type::terminal);
            stop_when_idle();
        });
    }

    void stop() {
        if (stopped()) return;
        ask_to_stop();
        thread_.join();
        // what did not heed, if anything, is unwound here, while all that it refers to is there
        clock_.clear();
        context_.restart();
        context_.poll();
    }

private:
    using Signals = std::list<std::shared_ptr<asio::cancellation_signal>>;

    /// Membership in the list of what runs.
    struct Entry {
        explicit Entry(Lane& owner) : lane(owner), place(lane.running_.insert(lane.running_.end(), signal)) {}
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        ~Entry() {
            lane.running_.erase(place);
            lane.stop_when_idle();
        }
        Lane& lane;
        std::shared_ptr<asio::cancellation_signal> signal = std::make_shared<asio::cancellation_signal>();
        Signals::iterator place;
    };

    void stop_when_idle() {
        if (!stopping_ || !running_.empty()) return;
        asio::post(context_, [this] { context_.stop(); });
    }

    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
    Signals running_;
    bool asked_to_stop_ = false;  ///< the callers' thread's
    bool stopping_ = false;       ///< the lane's
    BootClock clock_;
    AresResolver resolver_;
    AsioStreamExchange stream_;
    std::unique_ptr<HttpClient> http_;
    ProbeEffects effects_;
    std::thread thread_;
};

ThreadedProbeLanes::ThreadedProbeLanes(std::uint32_t count, const HttpClientFactory& make_http) {
    for (std::uint32_t number = 0; number < std::max(count, 1U); ++number) lanes_.push_back(std::make_unique<Lane>(number, make_http));
}

ThreadedProbeLanes::~ThreadedProbeLanes() { stop(); }

std::uint32_t ThreadedProbeLanes::count() const { return static_cast<std::uint32_t>(lanes_.size()); }

asio::awaitable<model::Observation> ThreadedProbeLanes::observe(std::uint32_t lane, ProbeWork work) {
    auto& target = *lanes_.at(lane);
    if (target.stopped()) {
        const auto now = target.effects().clock.now();
        co_return cut_off(now, now);
    }
    auto running = target.run(observe_safely(std::move(work), target.effects()));
    co_return co_await asio::co_spawn(target.executor(), std::move(running), asio::use_awaitable);
}

asio::awaitable<bool> ThreadedProbeLanes::check(std::uint32_t lane, CheckWork work) {
    auto& target = *lanes_.at(lane);
    if (target.stopped()) co_return false;
    auto running = target.run(check_safely(std::move(work), target.effects()));
    co_return co_await asio::co_spawn(target.executor(), std::move(running), asio::use_awaitable);
}

void ThreadedProbeLanes::stop() {
    for (const auto& lane : lanes_) lane->ask_to_stop();
    for (const auto& lane : lanes_) lane->stop();
}

} // namespace io

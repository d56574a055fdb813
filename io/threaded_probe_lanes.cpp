#include "io/threaded_probe_lanes.hpp"

#include "io/ares_resolver.hpp"
#include "io/asio_datagram_exchange.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "io/lane_job.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace io {

namespace {

constexpr model::Milliseconds patience{2'000};  ///< with work that does not heed its cancellation when the lane stops

using Jobs = std::vector<std::shared_ptr<LaneJob>>;

/// On the callers' thread.
void deliver(const Jobs& jobs) {
    for (const auto& job : jobs) job->deliver();
}

} // namespace

/// One thread and everything on it. Members are made before the thread starts and destroyed after it ended. Work comes in and
/// results go out in batches: one wake-up of the other thread for all that has gathered meanwhile.
class ThreadedProbeLanes::Lane final : public LaneJob::Place {
public:
    Lane(std::uint32_t number, const HttpClientFactory& make_http)
        : clock_(context_.get_executor()), resolver_(context_.get_executor(), clock_), stream_(context_.get_executor(), clock_, resolver_),
          datagram_(context_.get_executor(), clock_, resolver_), http_(make_http(context_.get_executor(), clock_, resolver_)),
          effects_{clock_, *http_, stream_, resolver_, datagram_}, thread_([this] { context_.run(); }) {
        pthread_setname_np(thread_.native_handle(), ("lane " + std::to_string(number)).c_str());
    }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane() override { stop(); }

    [[nodiscard]] asio::any_io_executor executor() override { return context_.get_executor(); }
    [[nodiscard]] ProbeEffects& effects() override { return effects_; }
    [[nodiscard]] bool stopped() const { return !thread_.joinable(); }

    /// On the callers' thread.
    void submit(std::shared_ptr<LaneJob> job) {
        const std::scoped_lock lock(inbox_mutex_);
        inbox_.push_back(std::move(job));
        if (inbox_.size() == 1) asio::post(context_, [this] { take_in(); });
    }

    void ended(std::shared_ptr<LaneJob> job) override {
        running_.erase(job->place);
        give_back(std::move(job));
        stop_when_idle();
    }

    void ask_to_stop() {
        if (std::exchange(asked_to_stop_, true)) return;
        asio::post(context_, [this] {
            stopping_ = true;
            clock_.call_at(clock_.now().boot + patience, [this] { context_.stop(); });
            const auto running = running_;  // each may leave the list at once
            for (const auto& job : running) job->cancel(asio::cancellation_type::terminal);
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
        running_.clear();
    }

private:
    void take_in() {
        Jobs jobs;
        {
            const std::scoped_lock lock(inbox_mutex_);
            jobs.swap(inbox_);
        }
        for (auto& job : jobs) {
            if (stopping_) {
                job->cut_off(clock_.now());
                give_back(std::move(job));
            } else {
                job->place = running_.insert(running_.end(), job);
                job->begin(job);
            }
        }
    }

    void give_back(std::shared_ptr<LaneJob> job) {
        outbox_.push_back(std::move(job));
        if (outbox_.size() == 1) asio::post(context_, [this] { send_out(); });
    }

    /// One batch for each row of results with the same caller; in practice there is one caller.
    void send_out() {
        const auto jobs = std::exchange(outbox_, {});
        for (auto first = jobs.begin(); first != jobs.end();) {
            const auto caller = (*first)->caller();
            const auto last = std::find_if(first, jobs.end(), [&](const auto& job) { return job->caller() != caller; });
            asio::post(caller, [batch = Jobs(first, last)] { deliver(batch); });
            first = last;
        }
    }

    void stop_when_idle() {
        if (!stopping_ || !running_.empty()) return;
        asio::post(context_, [this] { context_.stop(); });
    }

    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
    std::mutex inbox_mutex_;
    Jobs inbox_;                  ///< under the mutex
    Jobs outbox_;
    std::list<std::shared_ptr<LaneJob>> running_;
    bool asked_to_stop_ = false;  ///< the callers' thread's
    bool stopping_ = false;       ///< the lane's
    BootClock clock_;
    AresResolver resolver_;
    AsioStreamExchange stream_;
    AsioDatagramExchange datagram_;
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
    co_return co_await run_on_lane<model::Observation>(target, [&](auto job) { target.submit(std::move(job)); }, std::move(work));
}

asio::awaitable<bool> ThreadedProbeLanes::check(std::uint32_t lane, CheckWork work) {
    auto& target = *lanes_.at(lane);
    if (target.stopped()) co_return false;
    co_return co_await run_on_lane<bool>(target, [&](auto job) { target.submit(std::move(job)); }, std::move(work));
}

void ThreadedProbeLanes::stop() {
    for (const auto& lane : lanes_) lane->ask_to_stop();
    for (const auto& lane : lanes_) lane->stop();
}

} // namespace io

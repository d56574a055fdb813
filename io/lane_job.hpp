#pragma once

#include "io/probe_work.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <exception>
#include <list>
#include <memory>
#include <utility>

namespace io {

namespace asio = boost::asio;

/// Work on its way to a lane, on it, and its result on the way back. Owned by where it is just now.
class LaneJob {
public:
    /// The lane, as its jobs see it.
    class Place {
    public:
        virtual ~Place() = default;
        [[nodiscard]] virtual asio::any_io_executor executor() = 0;
        [[nodiscard]] virtual ProbeEffects& effects() = 0;
        /// On the lane, once, when the work has ended.
        virtual void ended(std::shared_ptr<LaneJob> job) = 0;
    };

    /// `caller`: whose thread gets the result; kept from running out of work until then.
    LaneJob(Place& lane, const asio::any_io_executor& caller)
        : lane_(lane), caller_(asio::prefer(caller, asio::execution::outstanding_work.tracked)) {}
    LaneJob(const LaneJob&) = delete;
    LaneJob& operator=(const LaneJob&) = delete;
    virtual ~LaneJob() = default;

    /// On the lane: starts the work. `self` is this.
    virtual void begin(std::shared_ptr<LaneJob> self) = 0;
    /// On the lane, instead of `begin`: the result of work that was not begun.
    virtual void cut_off(const model::Instant& now) = 0;
    /// On the caller's thread, last.
    virtual void deliver() = 0;

    /// On the lane.
    void cancel(asio::cancellation_type type) { signal_.emit(type); }
    /// On the caller's thread. Ignored when the work has ended.
    void ask_to_cancel(const std::shared_ptr<LaneJob>& self, asio::cancellation_type type) {
        if (on_lane_) asio::post(lane_.executor(), [self, type] { self->cancel(type); });
    }
    [[nodiscard]] const asio::any_io_executor& caller() const { return caller_; }

    std::list<std::shared_ptr<LaneJob>>::iterator place;  ///< the lane's

protected:
    void end(std::shared_ptr<LaneJob> self) {
        on_lane_ = false;
        lane_.ended(std::move(self));
    }
    [[nodiscard]] Place& lane() { return lane_; }
    [[nodiscard]] asio::cancellation_slot slot() { return signal_.slot(); }

private:
    Place& lane_;
    asio::any_io_executor caller_;
    asio::cancellation_signal signal_;
    std::atomic<bool> on_lane_ = true;
};

inline asio::awaitable<model::Observation> run_safely(ProbeWork work, ProbeEffects& effects) {
    return observe_safely(std::move(work), effects);
}
inline asio::awaitable<bool> run_safely(CheckWork work, ProbeEffects& effects) { return check_safely(std::move(work), effects); }

/// With what the work yields and who waits for it.
template <typename Result, typename Work, typename Handler> class ResultJob final : public LaneJob {
public:
    ResultJob(Place& lane, Handler handler, Work work)
        : LaneJob(lane, asio::get_associated_executor(handler)), handler_(std::move(handler)), work_(std::move(work)) {}

    void begin(std::shared_ptr<LaneJob> self) override {
        asio::co_spawn(
            lane().executor(), run_safely(std::move(work_), lane().effects()),
            asio::bind_cancellation_slot(slot(), [this, self = std::move(self)](const std::exception_ptr&, Result result) mutable {
                result_ = std::move(result);
                end(std::move(self));
            }));
    }
    void cut_off(const model::Instant& now) override {
        if constexpr (std::is_same_v<Result, model::Observation>) result_ = io::cut_off(now, now);
    }
    void deliver() override { std::move(handler_)(std::move(result_)); }

private:
    Handler handler_;
    Work work_;
    Result result_{};
};

/// Runs `work` on `lane` and comes back with its result. `submit`: hands the job over to the lane.
template <typename Result, typename Work, typename Submit>
asio::awaitable<Result> run_on_lane(LaneJob::Place& lane, Submit submit, Work work) {
    auto initiate = [&lane, submit = std::move(submit)](auto handler, Work asked) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        const auto job = std::make_shared<ResultJob<Result, Work, decltype(handler)>>(lane, std::move(handler), std::move(asked));
        if (slot.is_connected()) {
            slot.assign([weak = std::weak_ptr<LaneJob>(job)](asio::cancellation_type type) {
                if (const auto alive = weak.lock()) alive->ask_to_cancel(alive, type);
            });
        }
        submit(job);
    };
    auto token = asio::use_awaitable;
    return asio::async_initiate<decltype(token), void(Result)>(std::move(initiate), token, std::move(work));
}

} // namespace io

#include "io/sleep.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace io {

namespace {

using Signature = void(boost::system::error_code);

/// What `wait` without a time waits for; far enough, and small enough to be calculated with.
constexpr model::Milliseconds never{std::chrono::years{100}};

/// One suspended coroutine. It goes on once, by whatever comes first, and always from a posted handler, never inline.
/// Only its timer owns it: the alarm and the cancellation slot look at it weakly, or the coroutine would own itself.
template <typename Handler> class Suspension {
public:
    explicit Suspension(Handler handler) : handler_(std::move(handler)), executor_(asio::get_associated_executor(handler_)) {}

    [[nodiscard]] auto slot() const { return asio::get_associated_cancellation_slot(handler_); }

    /// False when it has gone on already.
    bool complete(boost::system::error_code error) {
        if (done_) return false;
        done_ = true;
        asio::post(executor_, [handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
        return true;
    }

private:
    Handler handler_;
    asio::associated_executor_t<Handler> executor_;
    bool done_ = false;
};

/// Suspends until `boot`; `started` gets the timer, what it owns, and a function that wakes before.
template <typename Started> asio::awaitable<void> suspend(Clock& clock, model::Milliseconds boot, Started started) {
    auto initiate = [&clock, boot, started = std::move(started)](auto handler) mutable {
        const auto suspension = std::make_shared<Suspension<decltype(handler)>>(std::move(handler));
        const std::weak_ptr weak = suspension;
        const auto timer = clock.call_at(boot, [suspension] { suspension->complete({}); });
        if (auto slot = suspension->slot(); slot.is_connected()) {
            slot.assign([&clock, timer, weak](asio::cancellation_type) {
                const auto self = weak.lock();
                if (self && self->complete(asio::error::operation_aborted)) clock.cancel(timer);
            });
        }
        started(timer, weak, [&clock, timer, weak] {
            const auto self = weak.lock();
            if (!self || !self->complete({})) return false;
            clock.cancel(timer);
            return true;
        });
    };
    auto token = asio::use_awaitable;
    return asio::async_initiate<decltype(token), Signature>(std::move(initiate), token);
}

} // namespace

asio::awaitable<void> sleep_until(Clock& clock, model::Milliseconds boot) {
    return suspend(clock, boot, [](Clock::TimerId, const auto&, auto) {});
}

Alarm::~Alarm() {
    // the clock may be gone, and the waiter with it
    if (!waiter_.expired()) clock_.cancel(timer_);
}

asio::awaitable<void> Alarm::wait_until(model::Milliseconds boot) {
    if (std::exchange(rung_, false)) co_return;
    co_await suspend(clock_, boot, [this](Clock::TimerId timer, const auto& waiter, auto wake) {
        timer_ = timer;
        waiter_ = waiter;
        wake_ = std::move(wake);
    });
    wake_ = nullptr;
}

asio::awaitable<void> Alarm::wait() { return wait_until(never); }

void Alarm::ring() {
    if (wake_ == nullptr || !wake_()) rung_ = true;
}

} // namespace io

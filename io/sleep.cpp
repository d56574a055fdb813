#include "io/sleep.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <utility>

namespace io {

namespace {

using Signature = void(boost::system::error_code);

/// One suspension: completes once, by whatever comes first, and always from a posted handler, never inline.
template <typename Handler> class Suspension : public std::enable_shared_from_this<Suspension<Handler>> {
public:
    explicit Suspension(Handler handler) : handler_(std::move(handler)), executor_(asio::get_associated_executor(handler_)) {}

    void complete(boost::system::error_code error) {
        if (done_) return;
        done_ = true;
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected()) slot.clear();
        asio::post(executor_, [handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
    }

    /// `on_cancel` runs when the coroutine is cancelled first.
    void watch_cancellation(std::move_only_function<void()> on_cancel) {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([weak = this->weak_from_this(), on_cancel = std::move(on_cancel)](asio::cancellation_type) mutable {
            const auto self = weak.lock();
            if (!self || self->done_) return;
            on_cancel();
            self->complete(asio::error::operation_aborted);
        });
    }

private:
    Handler handler_;
    asio::associated_executor_t<Handler> executor_;
    bool done_ = false;
};

asio::awaitable<void> sleep_on(Clock& clock, model::Milliseconds boot) {
    auto initiate = [&clock, boot](auto handler) {
        auto suspension = std::make_shared<Suspension<decltype(handler)>>(std::move(handler));
        const auto timer = clock.call_at(boot, [suspension] { suspension->complete({}); });
        suspension->watch_cancellation([&clock, timer] { clock.cancel(timer); });
    };
    auto token = asio::use_awaitable;
    return asio::async_initiate<decltype(token), Signature>(std::move(initiate), token);
}

} // namespace

asio::awaitable<void> sleep_until(Clock& clock, model::Milliseconds boot) { return sleep_on(clock, boot); }

Alarm::~Alarm() {
    if (timer_ != 0) clock_.cancel(timer_);
}

asio::awaitable<void> Alarm::suspend(bool timed, model::Milliseconds boot) {
    auto initiate = [this, timed, boot](auto handler) {
        auto suspension = std::make_shared<Suspension<decltype(handler)>>(std::move(handler));
        waiter_ = [this, suspension](bool) {
            if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
            suspension->complete({});
        };
        if (timed) {
            timer_ = clock_.call_at(boot, [this] {
                timer_ = 0;
                if (auto waiter = std::exchange(waiter_, nullptr)) waiter(false);
            });
        }
        suspension->watch_cancellation([this] {
            if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
            auto dropped = std::exchange(waiter_, nullptr);
        });
    };
    auto token = asio::use_awaitable;
    return asio::async_initiate<decltype(token), Signature>(std::move(initiate), token);
}

asio::awaitable<void> Alarm::wait_until(model::Milliseconds boot) {
    if (std::exchange(rung_, false)) co_return;
    co_await suspend(/*timed=*/true, boot);
}

asio::awaitable<void> Alarm::wait() {
    if (std::exchange(rung_, false)) co_return;
    co_await suspend(/*timed=*/false, {});
}

void Alarm::ring() {
    if (auto waiter = std::exchange(waiter_, nullptr)) waiter(false);
    else rung_ = true;
}

} // namespace io

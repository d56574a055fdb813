#pragma once

#include "io/scoped_timer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace io {

namespace asio = boost::asio;

/// Runs `work`; both `cancel` and the cancellation of the awaiting coroutine end it. It has ended before this returns.
/// `cancel` may be emitted only until then, and only on this thread. `Result` is default-constructible.
template <typename Result>
asio::awaitable<Result> cancellable(asio::awaitable<Result> work, std::shared_ptr<asio::cancellation_signal> cancel) {
    const auto executor = co_await asio::this_coro::executor;
    const auto state = co_await asio::this_coro::cancellation_state;
    auto slot = state.slot();
    if (slot.is_connected()) slot.assign([cancel](asio::cancellation_type type) { cancel->emit(type); });
    Result result{};
    std::exception_ptr failure;
    try {
        auto token = asio::bind_cancellation_slot(cancel->slot(), asio::use_awaitable);
        result = co_await asio::co_spawn(executor, std::move(work), token);
    } catch (...) {
        failure = std::current_exception();
    }
    slot.clear();  // what the work last waited for is gone: nobody may cancel it any more
    if (failure != nullptr) std::rethrow_exception(failure);
    co_return result;
}

/// Runs `work` until `boot` at the latest: its result, or nothing when the time was over first. The work is then
/// cancelled, and has ended before this returns; the time-out never throws. Other exceptions, and the cancellation of the
/// awaiting coroutine, pass through. One thread only.
template <typename Result>
asio::awaitable<std::optional<Result>> with_deadline(asio::awaitable<Result> work, Clock& clock, model::Milliseconds boot) {
    const auto cancel = std::make_shared<asio::cancellation_signal>();
    const auto expired = std::make_shared<bool>(false);
    ScopedTimer timer(clock, boot, [cancel, expired] {
        *expired = true;
        cancel->emit(asio::cancellation_type::terminal);
    });
    std::optional<Result> result;
    std::exception_ptr failure;
    try {
        result = co_await cancellable(std::move(work), cancel);
    } catch (...) {
        failure = std::current_exception();
    }
    timer.cancel();
    if (failure != nullptr && !*expired) std::rethrow_exception(failure);
    co_return result;
}

} // namespace io

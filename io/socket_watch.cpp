#include "io/socket_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace io {

namespace {

using boost::system::error_code;

constexpr std::size_t at_a_time = 256;

int open_epoll() {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return descriptor;
}

std::uint64_t tag_of(int descriptor, std::uint32_t number) { return std::uint64_t{number} << 32U | static_cast<std::uint32_t>(descriptor); }

} // namespace

SocketWatch::SocketWatch(const asio::any_io_executor& executor) : epoll_(executor, open_epoll()) {}

SocketWatch::~SocketWatch() {
    // each destroyed after the map is in order: it may own a coroutine whose destructors come back here
    while (!watched_.empty()) const auto node = watched_.extract(watched_.begin());
}

error_code SocketWatch::begin(int descriptor) {
    const auto number = ++last_;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = tag_of(descriptor, number);
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return {errno, boost::system::system_category()};
    watched_.insert_or_assign(descriptor, Watched{.number = number, .happened = 0, .done = {}});
    if (!armed_) wait();
    return {};
}

void SocketWatch::end(int descriptor, bool stays_open) {
    auto node = watched_.extract(descriptor);
    if (stays_open) ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
    if (!node.empty() && node.mapped().done) later(std::move(node.mapped().done), asio::error::operation_aborted, 0);
}

asio::awaitable<SocketWatch::Happened> SocketWatch::event(int descriptor) {
    auto initiate = [this, descriptor](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) slot.assign([this, descriptor](asio::cancellation_type) { cancel(descriptor); });
        wait_for(descriptor,
                 [handler = std::move(handler)](error_code error, std::uint32_t events) mutable { std::move(handler)(error, events); });
    };
    auto token = asio::as_tuple(asio::use_awaitable);
    co_return co_await asio::async_initiate<decltype(token), void(error_code, std::uint32_t)>(std::move(initiate), token);
}

void SocketWatch::wait_for(int descriptor, Done done) {
    const auto found = watched_.find(descriptor);
    if (found == watched_.end()) return later(std::move(done), asio::error::operation_aborted, 0);
    auto& watched = found->second;
    if (watched.happened != 0) return later(std::move(done), {}, std::exchange(watched.happened, 0));
    watched.done = std::move(done);
}

void SocketWatch::cancel(int descriptor) {
    const auto found = watched_.find(descriptor);
    if (found != watched_.end() && found->second.done) later(std::exchange(found->second.done, {}), asio::error::operation_aborted, 0);
}

void SocketWatch::later(Done done, error_code error, std::uint32_t events) {
    asio::post(epoll_.get_executor(), [done = std::move(done), error, events]() mutable { done(error, events); });
}

void SocketWatch::wait() {
    armed_ = true;
    epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
        if (error) return;  // the watch is going away
        armed_ = false;
        take_out();
        if (!armed_ && !watched_.empty()) wait();
    });
}

void SocketWatch::take_out() {
    std::array<epoll_event, at_a_time> events{};
    std::size_t count = at_a_time;
    while (count == at_a_time) {
        const int found = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(at_a_time), 0);
        count = found > 0 ? static_cast<std::size_t>(found) : 0;
        for (std::size_t index = 0; index < count; ++index) settle(events.at(index).data.u64, events.at(index).events);
    }
}

void SocketWatch::settle(std::uint64_t tag, std::uint32_t events) {
    const auto found = watched_.find(static_cast<int>(tag & 0xFFFFFFFFU));
    if (found == watched_.end() || found->second.number != tag >> 32U) return;  // it ended in this very batch
    auto& watched = found->second;
    if (!watched.done) {
        watched.happened |= events;
        return;
    }
    auto done = std::exchange(watched.done, {});
    done({}, events);
}

} // namespace io

#include "io/boot_clock.hpp"

#include "io/instant.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace io {

namespace {

int open_timer() {
    const int descriptor = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
    return descriptor;
}

} // namespace

BootClock::BootClock(asio::any_io_executor executor) : timer_(executor, open_timer()) {}

BootClock::~BootClock() { clear(); }

model::Instant BootClock::now() { return read_instant(); }

Clock::TimerId BootClock::call_at(model::Milliseconds boot, std::move_only_function<void()> action) {
    const auto id = timers_.add(boot, std::move(action));
    if (boot < armed_) arm();
    return id;
}

void BootClock::cancel(TimerId timer) { timers_.remove(timer); }

void BootClock::arm() {
    const auto next = timers_.next();
    armed_ = next;
    if (next == model::Milliseconds::max()) return;
    // a zero value would disarm: the past is the first millisecond
    const auto due = std::max(next, model::Milliseconds{1});
    itimerspec when{};
    when.it_value.tv_sec = due.count() / 1000;
    when.it_value.tv_nsec = (due.count() % 1000) * 1'000'000;
    timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &when, nullptr);
    if (!waiting_) wait();
}

void BootClock::wait() {
    waiting_ = true;
    timer_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;  // the clock is going away
        waiting_ = false;
        std::uint64_t expirations = 0;
        static_cast<void>(::read(timer_.native_handle(), &expirations, sizeof expirations));
        const auto due = read_instant().boot;
        // as many as there are now: one that plans itself again for the past lets the rest of the loop run in between
        for (auto count = timers_.size(); count > 0 && timers_.run_one(due); --count) continue;
        arm();
    });
}

} // namespace io

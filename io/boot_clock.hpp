#pragma once

#include "io/clock.hpp"
#include "io/timer_queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace io {

namespace asio = boost::asio;

/// The real clock: CLOCK_BOOTTIME for timers (timerfd), CLOCK_REALTIME for the wall. One per io_context; used on its
/// thread only.
class BootClock final : public Clock {
public:
    explicit BootClock(asio::any_io_executor executor);
    ~BootClock() override;

    [[nodiscard]] model::Instant now() override;
    TimerId call_at(model::Milliseconds boot, std::move_only_function<void()> action) override;
    void cancel(TimerId timer) override;

    /// Drops every timer unrun: the first step of tearing a thread down.
    void clear() { timers_.clear(); }

private:
    void arm();
    void wait();

    TimerQueue timers_;
    asio::posix::stream_descriptor timer_;
    model::Milliseconds armed_{model::Milliseconds::max()};
    bool waiting_ = false;
};

} // namespace io

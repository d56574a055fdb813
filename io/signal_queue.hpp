#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>

namespace io {

namespace asio = boost::asio;

/// Who sent a signal, as the kernel tells it (sigaction(2), si_code).
struct SignalSender {
    bool known = false;        ///< false: the kernel itself, such as a terminal that was closed
    std::uint32_t user = 0;
    std::int32_t process = 0;  ///< 0: of another process namespace
};

/// One signal as something to wait for, with its sender, which a handler could not tell (signalfd(2)). The signal is blocked in the
/// thread that makes this and in every thread that it starts from then on: make it before there are others, or the signal ends the
/// process by one of them. Several that come while nobody waits are one. One thread only.
class SignalQueue {
public:
    /// Throws boost::system::system_error when the kernel gives no descriptor.
    SignalQueue(const asio::any_io_executor& executor, int signal);
    ~SignalQueue();
    SignalQueue(const SignalQueue&) = delete;
    SignalQueue& operator=(const SignalQueue&) = delete;

    /// The next one; throws what Asio throws when it is destroyed meanwhile.
    asio::awaitable<SignalSender> next();

private:
    int signal_;
    bool was_blocked_ = false;
    asio::posix::stream_descriptor descriptor_;
};

} // namespace io

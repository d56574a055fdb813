#include "io/signal_queue.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <csignal>

#include <pthread.h>
#include <sys/signalfd.h>

namespace io {

namespace {

sigset_t set_of(int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

/// Sent by a process: kill(2), sigqueue(3), tgkill(2). Everything else comes of the kernel.
bool from_a_process(std::int32_t code) { return code == SI_USER || code == SI_QUEUE || code == SI_TKILL; }

} // namespace

SignalQueue::SignalQueue(const asio::any_io_executor& executor, int signal) : signal_(signal), descriptor_(executor) {
    const auto set = set_of(signal);
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    was_blocked_ = sigismember(&before, signal) == 1;
    const int descriptor = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0) throw boost::system::system_error(errno, boost::system::system_category(), "signalfd");
    descriptor_.assign(descriptor);
}

SignalQueue::~SignalQueue() {
    if (was_blocked_) return;
    const auto set = set_of(signal_);
    // what came last is for nobody any more, and must not end the process now
    constexpr timespec at_once{};
    while (sigtimedwait(&set, nullptr, &at_once) == signal_) {
    }
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

asio::awaitable<SignalSender> SignalQueue::next() {
    signalfd_siginfo info{};
    co_await asio::async_read(descriptor_, asio::buffer(&info, sizeof info), asio::use_awaitable);
    if (!from_a_process(info.ssi_code)) co_return SignalSender{};
    co_return SignalSender{.known = true, .user = info.ssi_uid, .process = static_cast<std::int32_t>(info.ssi_pid)};
}

} // namespace io

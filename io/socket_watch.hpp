#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <unordered_map>

namespace io {

namespace asio = boost::asio;

/// Watches the sockets of short exchanges in an epoll of its own that Asio's reactor knows as one descriptor. A socket costs it one system
/// call, and all that happens at one time two more; given to Asio, each costs four more than that (doc/performance.md). One thread only.
class SocketWatch {
public:
    /// Bits of epoll(7), when there is no error.
    using Happened = std::tuple<boost::system::error_code, std::uint32_t>;

    /// Throws when no descriptor can be had.
    explicit SocketWatch(const asio::any_io_executor& executor);
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;
    ~SocketWatch();

    /// For whoever may outlive it: expired when it is gone.
    [[nodiscard]] std::weak_ptr<void> alive() const { return alive_; }
    [[nodiscard]] asio::any_io_executor executor() { return epoll_.get_executor(); }

    /// From now on. The error of epoll_ctl(2), if any; else `end` must be called before the descriptor is closed or given away.
    boost::system::error_code begin(int descriptor);

    /// Until something has happened on a watched descriptor since this was last asked; one at a time. It may be less than is hoped for: try,
    /// and wait again. operation_aborted: the watch has ended, or the awaiting coroutine was cancelled.
    asio::awaitable<Happened> event(int descriptor);

    /// A coroutine that waits goes on later, not within this call. `stays_open`: somebody else will have the descriptor.
    void end(int descriptor, bool stays_open = false);

private:
    using Done = std::move_only_function<void(boost::system::error_code, std::uint32_t)>;
    struct Watched {
        std::uint32_t number = 0;  ///< tells it from one that had the same descriptor before
        std::uint32_t happened = 0;  ///< and nobody has waited for it yet
        Done done;
    };

    void wait_for(int descriptor, Done done);
    void cancel(int descriptor);
    void wait();
    /// Tells everybody what has happened.
    void take_out();
    void settle(std::uint64_t tag, std::uint32_t events);
    void later(Done done, boost::system::error_code error, std::uint32_t events);

    std::shared_ptr<void> alive_ = std::make_shared<char>();
    asio::posix::stream_descriptor epoll_;
    std::unordered_map<int, Watched> watched_;  // looked up only, never iterated
    std::uint32_t last_ = 0;
    bool armed_ = false;
};

}  // namespace io

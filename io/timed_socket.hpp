#pragma once

#include "io/scoped_timer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace io {

namespace asio = boost::asio;

using Socket = asio::ip::tcp::socket;

/// A TCP socket that is closed at its deadline: whatever waits for it then fails, and so does whatever is tried later. Costs
/// a timer and no coroutine of its own. One thread only; not to be moved.
class TimedSocket {
public:
    /// `deadline`: boot time.
    TimedSocket(const asio::any_io_executor& executor, Clock& clock, model::Milliseconds deadline)
        : socket_(executor), timer_(clock, deadline, [this] {
              expired_ = true;
              boost::system::error_code ignored;
              socket_.close(ignored);
          }) {}

    [[nodiscard]] Socket& get() { return socket_; }
    [[nodiscard]] bool expired() const { return expired_; }

    /// After every step: throws operation_aborted when the deadline or our caller's cancellation ended it, which is no
    /// finding about the peer.
    void check(const boost::system::error_code& error) const {
        if (error && (expired_ || error == asio::error::operation_aborted)) give_up();
    }

    /// Before a step that does not use the socket as it is.
    void check_time() const {
        if (expired_) give_up();
    }

private:
    [[noreturn]] static void give_up() { throw boost::system::system_error(asio::error::operation_aborted); }

    Socket socket_;
    bool expired_ = false;
    ScopedTimer timer_;
};

} // namespace io

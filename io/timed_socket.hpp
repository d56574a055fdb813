#pragma once

#include "io/scoped_timer.hpp"
#include "io/socket_watch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <tuple>

namespace io {

namespace asio = boost::asio;

using Socket = asio::ip::tcp::socket;

/// Of a read or a write: how it ended, and the bytes until then.
using Transferred = std::tuple<boost::system::error_code, std::size_t>;

/// A TCP socket that is closed at its deadline: whatever waits for it then fails, and so does whatever is tried later. Costs
/// a timer and no coroutine of its own. Connected by itself it is watched by a SocketWatch, and can be read and written here, until it is
/// asked for as Asio's. One thread only; not to be moved.
class TimedSocket {
public:
    /// `deadline`: boot time.
    TimedSocket(const asio::any_io_executor& executor, Clock& clock, model::Milliseconds deadline)
        : socket_(executor), timer_(clock, deadline, [this] {
              expired_ = true;
              close();
          }) {}
    TimedSocket(const TimedSocket&) = delete;
    TimedSocket& operator=(const TimedSocket&) = delete;
    ~TimedSocket() { close(); }

    /// The error of connect(2), if any.
    asio::awaitable<boost::system::error_code> connect(SocketWatch& sockets, asio::ip::tcp::endpoint endpoint);

    /// Of a connected one: some bytes, at least one without an error; `eof` at the end.
    asio::awaitable<Transferred> read_some(asio::mutable_buffer room);
    /// Of a connected one: all of `text`, which stays until then, unless there is an error. It does not wait for the peer to acknowledge
    /// what was written before.
    asio::awaitable<Transferred> write(std::string_view text);

    /// As Asio's, from now on, which writes at once (TCP_NODELAY): throws when its reactor cannot take it. Not while one of the above is waiting.
    [[nodiscard]] Socket& get();
    void close();
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
    boost::system::error_code begin_watch(SocketWatch& sockets);
    void end_watch(bool stays_open);
    asio::awaitable<SocketWatch::Happened> event();
    void send_at_once();

    Socket socket_;
    int descriptor_ = -1;  ///< ours until `socket_` has it
    asio::ip::tcp protocol_ = asio::ip::tcp::v4();
    SocketWatch* watch_ = nullptr;  ///< of `descriptor_`, as long as `watch_alive_`
    std::weak_ptr<void> watch_alive_;
    bool readable_ = false;  ///< as far as is known
    bool ended_ = false;  ///< there will be no further event that says so
    bool written_ = false;
    bool expired_ = false;
    ScopedTimer timer_;
};

}  // namespace io

#include "io/timed_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace io {

namespace {

using boost::system::error_code;

constexpr std::size_t least_segment = 536;  // RFC 9293, section 3.7.1

error_code last_error() { return {errno, boost::system::system_category()}; }

/// Of the last call, which did nothing: whether there will be an event when it can.
bool must_wait() { return errno == EAGAIN || errno == EWOULDBLOCK; }

error_code outcome_of_connect(int descriptor, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) == 0) return {};
    int outcome = 0;
    socklen_t size = sizeof(outcome);
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size) != 0) return last_error();
    return {outcome, boost::system::system_category()};
}

} // namespace

asio::awaitable<error_code> TimedSocket::connect(SocketWatch& sockets, asio::ip::tcp::endpoint endpoint) {
    close();
    protocol_ = endpoint.protocol();
    descriptor_ = ::socket(protocol_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol_.protocol());
    if (descriptor_ < 0) co_return last_error();
    const bool connected = ::connect(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
    const auto answer = connected ? error_code{} : last_error();
    if (answer && answer != asio::error::in_progress) co_return answer;
    auto error = begin_watch(sockets);  // not before connect(2): an unconnected socket would be an event at once
    if (error || connected) co_return error;
    std::uint32_t events = 0;
    while ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
        std::tie(error, events) = co_await event();
        if (error) co_return error;
    }
    co_return outcome_of_connect(descriptor_, events);
}

error_code TimedSocket::begin_watch(SocketWatch& sockets) {
    if (const auto error = sockets.begin(descriptor_)) return error;
    watch_ = &sockets;
    watch_alive_ = sockets.alive();
    readable_ = ended_ = written_ = false;
    return {};
}

void TimedSocket::end_watch(bool stays_open) {
    if (!watch_alive_.expired()) watch_->end(descriptor_, stays_open);
    watch_alive_.reset();
}

asio::awaitable<SocketWatch::Happened> TimedSocket::event() {
    if (watch_alive_.expired()) co_return SocketWatch::Happened{asio::error::operation_aborted, 0};
    const auto [error, events] = co_await watch_->event(descriptor_);
    check(error);
    ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    readable_ = readable_ || ended_ || (events & EPOLLIN) != 0;
    co_return SocketWatch::Happened{error, events};
}

asio::awaitable<Transferred> TimedSocket::read_some(asio::mutable_buffer room) {
    for (;;) {
        while (!readable_) {
            if (const auto [error, events] = co_await event(); error) co_return Transferred{error, 0};
        }
        const auto count = ::recv(descriptor_, room.data(), room.size(), 0);
        if (count == 0) co_return Transferred{asio::error::eof, 0};
        // what comes behind fewer bytes than there was room for is another event (epoll(7)), but for the end that was seen already
        readable_ = ended_ || std::cmp_equal(count, room.size());
        if (count > 0) co_return Transferred{error_code{}, static_cast<std::size_t>(count)};
        if (errno == EINTR) readable_ = true;
        else if (!must_wait()) co_return Transferred{last_error(), 0};
    }
}

asio::awaitable<Transferred> TimedSocket::write(std::string_view text) {
    // a first write of one segment leaves at once anyhow
    if (std::exchange(written_, true) || text.size() > least_segment) send_at_once();
    std::size_t sent = 0;
    while (sent < text.size()) {
        const auto count = ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
        } else if (must_wait()) {
            if (const auto [error, events] = co_await event(); error) co_return Transferred{error, sent};
        } else if (errno != EINTR) {
            co_return Transferred{last_error(), sent};
        }
    }
    co_return Transferred{error_code{}, sent};
}

void TimedSocket::send_at_once() {
    const int yes = 1;  // where it cannot be set nothing is spoiled but time: a small write may wait 40 ms
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

Socket& TimedSocket::get() {
    if (descriptor_ < 0) return socket_;
    send_at_once();
    end_watch(true);
    socket_.assign(protocol_, descriptor_);
    descriptor_ = -1;
    return socket_;
}

void TimedSocket::close() {
    if (descriptor_ >= 0) {
        end_watch(false);
        ::close(std::exchange(descriptor_, -1));
    }
    error_code ignored;
    socket_.close(ignored);
}

} // namespace io

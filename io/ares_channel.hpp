#pragma once

#include "io/scoped_timer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <ares.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace io {

namespace asio = boost::asio;

/// One c-ares channel with its sockets on the loop and its time-outs by a Clock. The sockets stay c-ares' own: they are
/// watched and released here, never closed. Held by shared pointer, so that a late event finds it or nothing.
/// One thread only.
class AresChannel : public std::enable_shared_from_this<AresChannel> {
public:
    AresChannel(asio::any_io_executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}
    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;
    ~AresChannel() { close(); }

    /// `servers` (numeric, `address`, `address:port` or `[address]:port`) replaces those of resolv.conf unless empty;
    /// `flags` are c-ares' ARES_FLAG_*. False when c-ares refuses: a malformed server, no memory.
    bool open(const std::vector<std::string>& servers, int flags);

    /// Answers every open question with ARES_EDESTRUCTION. Called again, it does nothing.
    void close();

    [[nodiscard]] bool is_open() const { return channel_ != nullptr; }
    [[nodiscard]] ares_channel get() const { return channel_; }

    /// Around every question: time-outs are looked after while one is open.
    void question_asked();
    void question_ended() { --open_questions_; }

private:
    using Descriptor = asio::posix::stream_descriptor;

    /// A socket of c-ares: what c-ares wants to hear of it, and what is being waited for already.
    struct Watched {
        struct Direction {
            bool wanted = false;
            bool waiting = false;
        };
        Watched(const asio::any_io_executor& executor, ares_socket_t socket) : descriptor(executor, socket) {}
        Descriptor descriptor;
        Direction reading;
        Direction writing;
    };

    void socket_changed(ares_socket_t socket, bool readable, bool writable);
    void wait(const std::shared_ptr<Watched>& watched, Descriptor::wait_type type);
    void keep_time();

    asio::any_io_executor executor_;
    Clock& clock_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Watched>> sockets_;
    std::uint32_t open_questions_ = 0;
    std::optional<ScopedTimer> timer_;
};

} // namespace io

#pragma once

#include "io/echo_packet.hpp"
#include "io/sleep.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace io {

namespace asio = boost::asio;

/// The packets of one exchange, filled in while replies come. Lives in the waiting coroutine's frame.
struct Echoes {
    explicit Echoes(Clock& clock) : alarm(clock) {}
    Alarm alarm;                              ///< rung when the last outstanding packet is settled
    std::vector<std::optional<std::chrono::microseconds>> round_trips;
    std::size_t outstanding = 0;
    std::string unreachable;                  ///< who said that the target cannot be reached, and why
};

/// One socket for all echo requests of one lane and address family: a ping socket (no privilege, but the group range
/// net.ipv4.ping_group_range) or else a raw one (CAP_NET_RAW). Held by shared pointer, so that a late event finds it or
/// nothing. One thread only.
class EchoSocket : public std::enable_shared_from_this<EchoSocket> {
public:
    /// `cookie`: random, so that what was not sent here is no reply. See `failure` for whether it could be opened.
    EchoSocket(asio::any_io_executor executor, bool six, std::uint64_t cookie);
    EchoSocket(const EchoSocket&) = delete;
    EchoSocket& operator=(const EchoSocket&) = delete;
    ~EchoSocket();

    /// Why there is no socket; empty when there is one.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    /// Sends one packet that belongs to `echoes`, which outlives it or calls `forget`. Yields what went wrong here; empty
    /// when it was sent.
    std::string send(const asio::ip::address& target, std::size_t payload, Echoes& echoes);

    /// Nothing of `echoes` is waited for any more.
    void forget(const Echoes& echoes);

private:
    using Descriptor = asio::posix::stream_descriptor;

    /// One packet under way.
    struct Pending {
        Echoes* echoes = nullptr;
        std::size_t index = 0;  ///< in its round trips
        asio::ip::address target;
        std::chrono::microseconds sent_wall{0};
        std::chrono::microseconds sent{0};
    };

    void open();
    void set_options(int socket) const;
    void listen();
    void drain();
    void drain_errors();
    void settle(std::uint16_t sequence, std::optional<std::chrono::microseconds> round_trip);
    std::optional<std::uint16_t> free_sequence();

    asio::any_io_executor executor_;
    bool six_;
    bool raw_ = false;
    std::uint64_t cookie_;
    std::uint16_t identifier_;
    std::uint16_t next_ = 0;
    std::string failure_;
    std::shared_ptr<Descriptor> descriptor_;
    bool listening_ = false;
    std::map<std::uint16_t, Pending> pending_;
};

/// Why this process cannot send echo requests; empty when it can.
std::string echo_failure(bool six);

/// What to do when it may not.
inline constexpr std::string_view echo_remedy =
    "Give hinomi CAP_NET_RAW (AmbientCapabilities=CAP_NET_RAW in its unit), or its group a place in the range of sysctl "
    "net.ipv4.ping_group_range";

} // namespace io

#pragma once

#include "io/echo_batch.hpp"
#include "io/echo_packet.hpp"
#include "io/scoped_timer.hpp"
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
#include <unordered_map>
#include <vector>

namespace io {

namespace asio = boost::asio;

/// One exchange: what is to be sent, and what came back, filled in meanwhile. Lives in the waiting coroutine's frame.
struct Echoes {
    explicit Echoes(Clock& clock) : alarm(clock) {}

    asio::ip::address target;
    std::size_t payload = 0;                  ///< bytes of each packet after the header
    std::size_t unsent = 0;                   ///< packets still to be sent
    model::Milliseconds spacing{0};
    model::Milliseconds deadline{0};          ///< boot time; after the first packet nothing is sent any more from then on

    Alarm alarm;                              ///< rung when everything is sent and settled
    std::vector<std::optional<std::chrono::microseconds>> round_trips;
    std::size_t outstanding = 0;
    std::string error;                        ///< what went wrong here with the last packet; empty when it was sent
    std::string unreachable;                  ///< who said that the target cannot be reached, and why

    [[nodiscard]] bool complete() const { return unsent == 0 && outstanding == 0; }
};

/// One socket for all echo requests of one lane and address family: a ping socket (no privilege, but the group range
/// net.ipv4.ping_group_range) or else a raw one (CAP_NET_RAW). Held by shared pointer, so that a late event finds it or
/// nothing. Packets that fall due together are sent a batch to a system call, and what came back is taken likewise; a packet counts
/// as sent after its share of what its batch took to leave. One thread only.
class EchoSocket : public std::enable_shared_from_this<EchoSocket> {
public:
    /// `cookie`: random, so that what was not sent here is no reply. See `failure` for whether it could be opened.
    EchoSocket(asio::any_io_executor executor, Clock& clock, bool six, std::uint64_t cookie);
    EchoSocket(const EchoSocket&) = delete;
    EchoSocket& operator=(const EchoSocket&) = delete;
    ~EchoSocket();

    /// Why there is no socket; empty when there is one.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    /// Sends the packets of `echoes`, the first in this turn of the loop. It outlives them, or calls `forget`.
    void begin(Echoes& echoes);

    /// Nothing of `echoes` is sent or waited for any more.
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
    void plan(Echoes& echoes, model::Milliseconds due);
    void arm();
    void send_due();
    void prepare(Echoes& echoes);
    void depart();
    std::size_t leave(std::size_t first);
    void listen();
    void drain();
    void drain_errors();
    void take(std::string_view packet, const asio::ip::address& from, std::optional<std::chrono::microseconds> arrived_wall);
    void settle(std::uint16_t sequence, std::optional<std::chrono::microseconds> round_trip);
    std::optional<std::uint16_t> free_sequence();

    asio::any_io_executor executor_;
    Clock& clock_;
    bool six_;
    bool raw_ = false;
    std::uint64_t cookie_;
    std::uint16_t identifier_;
    std::uint16_t next_ = 0;
    std::string failure_;
    std::shared_ptr<Descriptor> descriptor_;
    bool listening_ = false;
    std::unordered_map<std::uint16_t, Pending> pending_;
    std::multimap<model::Milliseconds, Echoes*> due_;  ///< the next packet of each exchange that has more to send
    std::optional<ScopedTimer> timer_;                 ///< of the first of them
    model::Milliseconds armed_ = model::Milliseconds::max();
    EchoDepartures departures_;
    EchoArrivals arrivals_;
};

/// Why this process cannot send echo requests; empty when it can.
std::string echo_failure(bool six);

/// What to do when it may not.
inline constexpr std::string_view echo_remedy =
    "Give hinomi CAP_NET_RAW (AmbientCapabilities=CAP_NET_RAW in its unit), or its group a place in the range of sysctl "
    "net.ipv4.ping_group_range";

} // namespace io

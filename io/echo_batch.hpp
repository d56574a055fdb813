#pragma once

#include <boost/asio/ip/address.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace io {

namespace asio = boost::asio;

/// Echo requests that leave with one system call (sendmmsg). One thread only.
class EchoDepartures {
public:
    /// Few: what a batch takes to leave is shared out among its packets, and the longer it is the less exact is each one's share.
    static constexpr std::size_t most = 16;

    /// Only while it is not full.
    void add(std::uint16_t sequence, std::string packet, const asio::ip::address& target);

    /// Sends what stands from `first` on, as far as the kernel takes it: how many left; 0 when that one did not, errno says why.
    std::size_t send(int socket, std::size_t first);

    void clear() { size_ = 0; }
    [[nodiscard]] bool full() const { return size_ == most; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::uint16_t sequence(std::size_t index) const { return places_.at(index).sequence; }

private:
    struct Place {
        std::uint16_t sequence = 0;
        std::string packet;
        sockaddr_storage target{};
        iovec part{};
    };
    std::array<Place, most> places_{};
    std::array<mmsghdr, most> messages_{};
    std::size_t size_ = 0;
};

/// Packets that came in with one system call (recvmmsg): the beginning of each, which is all that is looked at. One thread only.
class EchoArrivals {
public:
    static constexpr std::size_t most = 32;

    /// How many there were; fewer than `most`: there are no more just now.
    std::size_t receive(int socket);

    [[nodiscard]] std::string_view packet(std::size_t index) const;
    [[nodiscard]] asio::ip::address from(std::size_t index) const;
    /// Wall time at which the kernel took the packet in; nothing when it does not say.
    [[nodiscard]] std::optional<std::chrono::microseconds> arrived(std::size_t index);

private:
    static constexpr std::size_t longest_start = 128;  // the longest IP header, ours, and the cookie
    struct Place {
        std::array<char, longest_start> data{};
        alignas(cmsghdr) std::array<char, 128> control{};
        sockaddr_storage from{};
        iovec part{};
    };
    std::array<Place, most> places_{};
    std::array<mmsghdr, most> messages_{};
};

/// The first control message of this kind, or nothing.
const cmsghdr* find_control(msghdr& message, int level, int type);

asio::ip::address address_of(const sockaddr_storage& from);

} // namespace io

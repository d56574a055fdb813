#include "bench/raw_connections.hpp"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace bench {

namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t packet_size = 64;
constexpr std::size_t ip_header = 20;

using Packet = std::array<unsigned char, packet_size>;

std::uint16_t checksum(const Packet& packet) {
    std::uint32_t sum = 0;
    for (std::size_t index = 0; index < packet.size(); index += 2) {
        std::uint16_t word = 0;
        std::memcpy(&word, packet.data() + index, sizeof(word));
        sum += word;
    }
    sum = (sum >> 16) + (sum & 0xffff);
    sum += sum >> 16;
    return static_cast<std::uint16_t>(~sum);
}

class Echoes {
public:
    explicit Echoes(const RawOptions& options)
        : options_(options), socket_(::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP)) {
        if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "a raw socket needs CAP_NET_RAW");
        icmp_filter filter{};
        filter.data = ~(1U << ICMP_ECHOREPLY);
        ::setsockopt(socket_, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
        const int size = 8 << 20;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
        for (std::size_t index = 0; index < batch; ++index) {
            out_parts_.at(index) = {out_.at(index).data(), packet_size};
            in_parts_.at(index) = {in_.at(index).data(), in_.at(index).size()};
            outgoing_.at(index).msg_hdr = {.msg_name = &targets_.at(index),
                                           .msg_namelen = sizeof(sockaddr_in),
                                           .msg_iov = &out_parts_.at(index),
                                           .msg_iovlen = 1,
                                           .msg_control = nullptr,
                                           .msg_controllen = 0,
                                           .msg_flags = 0};
            incoming_.at(index).msg_hdr = {.msg_name = nullptr,
                                           .msg_namelen = 0,
                                           .msg_iov = &in_parts_.at(index),
                                           .msg_iovlen = 1,
                                           .msg_control = nullptr,
                                           .msg_controllen = 0,
                                           .msg_flags = 0};
        }
    }
    Echoes(const Echoes&) = delete;
    Echoes& operator=(const Echoes&) = delete;
    ~Echoes() { ::close(socket_); }

    RawTally run() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{options_.seconds};
        while (tally_.done < options_.count && std::chrono::steady_clock::now() < end) {
            while (tally_.started < options_.count && tally_.started - tally_.done < options_.concurrency) {
                if (!send_batch()) break;
            }
            pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, 200) <= 0) tally_.done = tally_.started;  // lost: counted as bad
            else receive();
        }
        return tally_;
    }

private:
    bool send_batch() {
        const auto room = std::min<long>(
            {static_cast<long>(batch), options_.concurrency - (tally_.started - tally_.done), options_.count - tally_.started});
        for (long index = 0; index < room; ++index) prepare(static_cast<std::size_t>(index));
        const int sent = ::sendmmsg(socket_, outgoing_.data(), static_cast<unsigned>(room), 0);
        if (sent > 0) tally_.started += sent;
        return sent > 0;
    }

    void prepare(std::size_t index) {
        const auto number = static_cast<std::uint32_t>(tally_.started) + static_cast<std::uint32_t>(index);
        icmphdr header{};
        header.type = ICMP_ECHO;
        header.un.echo.id = identifier_;
        header.un.echo.sequence = static_cast<std::uint16_t>(number);
        auto& packet = out_.at(index);
        std::memcpy(packet.data(), &header, sizeof(header));
        header.checksum = checksum(packet);
        std::memcpy(packet.data(), &header, sizeof(header));
        auto& target = targets_.at(index);
        target.sin_family = AF_INET;
        target.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number % options_.addresses);
    }

    void receive() {
        for (;;) {
            const int count = ::recvmmsg(socket_, incoming_.data(), batch, 0, nullptr);
            for (int index = 0; index < count; ++index) take(in_.at(static_cast<std::size_t>(index)));
            if (count < static_cast<int>(batch)) return;
        }
    }

    void take(const std::array<unsigned char, 256>& packet) {
        icmphdr header{};
        std::memcpy(&header, packet.data() + ip_header, sizeof(header));
        if (header.un.echo.id != identifier_) return;
        ++tally_.done;
        ++tally_.good;
    }

    RawOptions options_;
    int socket_;
    std::uint16_t identifier_ = static_cast<std::uint16_t>(::getpid());
    RawTally tally_;
    std::array<Packet, batch> out_{};
    std::array<std::array<unsigned char, 256>, batch> in_{};
    std::array<sockaddr_in, batch> targets_{};
    std::array<iovec, batch> out_parts_{};
    std::array<iovec, batch> in_parts_{};
    std::array<mmsghdr, batch> outgoing_{};
    std::array<mmsghdr, batch> incoming_{};
};

} // namespace

RawTally run_echoes(const RawOptions& options) { return Echoes(options).run(); }

} // namespace bench

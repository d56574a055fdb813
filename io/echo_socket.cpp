#include "io/echo_socket.hpp"

#include "io/stopwatch.hpp"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace io {

namespace {

constexpr int raw_level = 255;              // SOL_RAW
constexpr int raw_filter = 1;               // ICMP_FILTER of <linux/icmp.h>, which does not go with <netinet/ip_icmp.h>
constexpr int receive_buffer = 1 << 20;
constexpr int packets_per_turn = 64;
constexpr std::size_t largest_packet = 2'048;
constexpr std::chrono::microseconds clock_slack{1'000};

std::chrono::microseconds wall_now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
}

std::string said(int error) { return std::generic_category().message(error); }

/// What recvmsg yields, with room for the control messages.
struct Received {
    std::array<char, largest_packet> data{};
    alignas(cmsghdr) std::array<char, 512> control{};
    sockaddr_storage from{};
    msghdr message{};
    iovec part{};
    ssize_t size = 0;

    bool take(int socket, int flags) {
        part = {.iov_base = data.data(), .iov_len = data.size()};
        message = {};
        message.msg_name = &from;
        message.msg_namelen = sizeof(from);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        size = ::recvmsg(socket, &message, flags | MSG_DONTWAIT);
        return size >= 0;
    }
    [[nodiscard]] std::string_view packet() const { return {data.data(), static_cast<std::size_t>(size)}; }

    /// The first control message of this kind, or nothing.
    [[nodiscard]] const cmsghdr* find(int level, int type) {
        for (auto* entry = CMSG_FIRSTHDR(&message); entry != nullptr; entry = CMSG_NXTHDR(&message, entry)) {
            if (entry->cmsg_level == level && entry->cmsg_type == type) return entry;
        }
        return nullptr;
    }
};

asio::ip::address address_of(const sockaddr_storage& from) {
    if (from.ss_family == AF_INET) return asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in&>(from).sin_addr.s_addr));
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes);
}

/// Where `address` is, as the kernel wants it; its length.
socklen_t fill(const asio::ip::address& address, sockaddr_storage& target) {
    if (address.is_v4()) {
        auto& four = reinterpret_cast<sockaddr_in&>(target);
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(address.to_v4().to_uint());
        return sizeof(four);
    }
    auto& six = reinterpret_cast<sockaddr_in6&>(target);
    const auto bytes = address.to_v6().to_bytes();
    six.sin6_family = AF_INET6;
    std::memcpy(&six.sin6_addr, bytes.data(), bytes.size());
    six.sin6_scope_id = static_cast<std::uint32_t>(address.to_v6().scope_id());
    return sizeof(six);
}

bool same(const asio::ip::address& left, const asio::ip::address& right) {
    if (left.is_v4() || right.is_v4()) return left == right;
    return left.to_v6().to_bytes() == right.to_v6().to_bytes();  // whatever their scopes
}

/// A descriptor, or -1; says whether it is a raw one.
int open_socket(bool six, bool& raw) {
    const int family = six ? AF_INET6 : AF_INET;
    const int protocol = six ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
    raw = false;
    const int ping = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (ping >= 0) return ping;
    raw = true;
    return ::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

std::string explain(int error) {
    if (error != EPERM && error != EACCES) return "no socket for echo requests can be had: " + said(error);
    return "hinomi may not send echo requests";
}

} // namespace

EchoSocket::EchoSocket(asio::any_io_executor executor, bool six, std::uint64_t cookie)
    : executor_(std::move(executor)), six_(six), cookie_(cookie), identifier_(static_cast<std::uint16_t>(cookie >> 48U)) {
    open();
}

/// What still waits on the descriptor is cancelled: it holds it.
EchoSocket::~EchoSocket() {
    boost::system::error_code ignored;
    if (descriptor_ != nullptr) descriptor_->close(ignored);
}

void EchoSocket::open() {
    const int socket = open_socket(six_, raw_);
    if (socket < 0) {
        failure_ = explain(errno);
        return;
    }
    set_options(socket);
    descriptor_ = std::make_shared<Descriptor>(executor_, socket);
}

/// An option that cannot be set makes measuring coarser, and spoils nothing.
void EchoSocket::set_options(int socket) const {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    if (six_) ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    else ::setsockopt(socket, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    if (!raw_) return;
    if (six_) {
        icmp6_filter filter{};
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        ::setsockopt(socket, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
    } else {
        const std::uint32_t refused = ~(1U << ICMP_ECHOREPLY);
        ::setsockopt(socket, raw_level, raw_filter, &refused, sizeof(refused));
    }
}

std::optional<std::uint16_t> EchoSocket::free_sequence() {
    for (int tries = 0; tries <= UINT16_MAX; ++tries) {
        const auto sequence = next_++;
        if (!pending_.contains(sequence)) return sequence;
    }
    return std::nullopt;
}

std::string EchoSocket::send(const asio::ip::address& target, std::size_t payload, Echoes& echoes) {
    const auto sequence = free_sequence();
    if (!sequence) return "too many echo requests are under way";
    const auto packet = echo_request({.identifier = identifier_, .sequence = *sequence, .cookie = cookie_}, payload, six_);
    sockaddr_storage where{};
    const auto length = fill(target, where);
    const auto index = echoes.round_trips.size();
    echoes.round_trips.emplace_back();
    ++echoes.outstanding;
    pending_[*sequence] = {.echoes = &echoes, .index = index, .target = target, .sent_wall = wall_now(), .sent = monotonic_now()};
    for (int tries = 0; tries < 2; ++tries) {
        if (::sendto(descriptor_->native_handle(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&where), length) >=
            0) {
            listen();
            return {};
        }
        if (tries == 0) drain_errors();  // the error may be about an earlier packet, to somebody else
    }
    const auto error = errno;
    if (pending_.erase(*sequence) != 0) --echoes.outstanding;
    return said(error);
}

void EchoSocket::forget(const Echoes& echoes) {
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.echoes == &echoes; });
}

void EchoSocket::listen() {
    if (std::exchange(listening_, true)) return;
    descriptor_->async_wait(Descriptor::wait_read,
                            [weak = weak_from_this(), descriptor = descriptor_](const boost::system::error_code& error) {
                                const auto self = weak.lock();
                                if (error || !self) return;
                                self->listening_ = false;
                                self->drain_errors();
                                self->drain();
                                if (!self->pending_.empty()) self->listen();
                            });
}

void EchoSocket::drain() {
    Received received;
    for (int count = 0; count < packets_per_turn && received.take(descriptor_->native_handle(), 0); ++count) {
        const auto packet = raw_ && !six_ ? without_ip_header(received.packet()) : received.packet();
        const auto reply = parse_echo_reply(packet, six_);
        if (!reply || reply->cookie != cookie_ || (raw_ && reply->identifier != identifier_)) continue;
        const auto found = pending_.find(reply->sequence);
        if (found == pending_.end() || !same(found->second.target, address_of(received.from))) continue;
        const auto elapsed = monotonic_now() - found->second.sent;
        auto round_trip = elapsed;
        if (const auto* stamp = received.find(SOL_SOCKET, SCM_TIMESTAMPNS)) {
            timespec arrived{};
            std::memcpy(&arrived, CMSG_DATA(stamp), sizeof(arrived));
            const auto wall = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds{arrived.tv_sec} +
                                                                                    std::chrono::nanoseconds{arrived.tv_nsec});
            const auto measured = wall - found->second.sent_wall;
            // the kernel's stamp leaves out how long the packet lay here; a stepped wall clock makes it worthless
            if (measured.count() >= 0 && measured <= elapsed + clock_slack) round_trip = measured;
        }
        settle(reply->sequence, round_trip);
    }
}

void EchoSocket::drain_errors() {
    Received received;
    for (int count = 0; count < packets_per_turn && received.take(descriptor_->native_handle(), MSG_ERRQUEUE); ++count) {
        const auto* entry = six_ ? received.find(IPPROTO_IPV6, IPV6_RECVERR) : received.find(IPPROTO_IP, IP_RECVERR);
        const auto quoted = parse_quoted_request(received.packet(), six_);
        if (entry == nullptr || !quoted || (raw_ && quoted->identifier != identifier_)) continue;
        const auto found = pending_.find(quoted->sequence);
        if (found == pending_.end() || !same(found->second.target, address_of(received.from))) continue;
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(entry), sizeof(error));
        found->second.echoes->unreachable = said(static_cast<int>(error.ee_errno));
        settle(quoted->sequence, std::nullopt);
    }
}

void EchoSocket::settle(std::uint16_t sequence, std::optional<std::chrono::microseconds> round_trip) {
    const auto found = pending_.extract(sequence);
    auto& echoes = *found.mapped().echoes;
    echoes.round_trips[found.mapped().index] = round_trip;
    if (--echoes.outstanding == 0) echoes.alarm.ring();
}

std::string echo_failure(bool six) {
    bool raw = false;
    const int socket = open_socket(six, raw);
    if (socket < 0) return explain(errno);
    ::close(socket);
    return {};
}

} // namespace io

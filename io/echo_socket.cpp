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

#include <algorithm>
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
constexpr int turns = 8;                           // batches taken before others have their turn
constexpr std::size_t most_errors = 32;            // read at a time
constexpr std::size_t largest_packet = 2'048;
constexpr model::Milliseconds sending_grid{5};     // what falls due within one step is sent at its end, together
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
};

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

EchoSocket::EchoSocket(asio::any_io_executor executor, Clock& clock, bool six, std::uint64_t cookie)
    : executor_(std::move(executor)), clock_(clock), six_(six), cookie_(cookie), identifier_(static_cast<std::uint16_t>(cookie >> 48U)) {
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

void EchoSocket::begin(Echoes& echoes) { plan(echoes, clock_.now().boot); }

void EchoSocket::plan(Echoes& echoes, model::Milliseconds due) {
    due_.emplace(due, &echoes);
    if (due < armed_) arm();
}

/// Once for all that fall due together.
void EchoSocket::arm() {
    timer_.reset();
    armed_ = due_.empty() ? model::Milliseconds::max() : due_.begin()->first;
    if (due_.empty()) return;
    timer_.emplace(clock_, armed_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->send_due();
    });
}

void EchoSocket::send_due() {
    const auto now = clock_.now().boot;
    while (!due_.empty() && due_.begin()->first <= now) {
        if (departures_.full()) depart();
        auto& echoes = *due_.extract(due_.begin()).mapped();
        --echoes.unsent;
        prepare(echoes);
        const auto wanted = now + echoes.spacing;
        const auto next = wanted + (sending_grid - wanted % sending_grid) % sending_grid;
        if (next >= echoes.deadline) echoes.unsent = 0;
        if (echoes.unsent > 0) due_.emplace(next, &echoes);
        else if (echoes.complete()) echoes.alarm.ring();
    }
    depart();
    arm();
    if (!pending_.empty()) listen();
}

void EchoSocket::prepare(Echoes& echoes) {
    const auto index = echoes.round_trips.size();
    echoes.round_trips.emplace_back();
    const auto sequence = free_sequence();
    if (!sequence) {
        echoes.error = "too many echo requests are under way";
        return;
    }
    ++echoes.outstanding;
    echoes.error.clear();
    pending_[*sequence] = {.echoes = &echoes, .index = index, .target = echoes.target};
    departures_.add(*sequence, echo_request({.identifier = identifier_, .sequence = *sequence, .cookie = cookie_}, echoes.payload, six_),
                    echoes.target);
}

/// What is prepared leaves.
void EchoSocket::depart() {
    for (std::size_t first = 0; first < departures_.size();) {
        auto count = leave(first);
        if (count == 0) {
            drain_errors();  // the error may be about an earlier packet, to somebody else
            count = leave(first);
        }
        const int error = errno;
        const auto refused = count == 0 ? pending_.find(departures_.sequence(first)) : pending_.end();
        if (refused != pending_.end()) {
            refused->second.echoes->error = said(error);
            settle(refused->first, std::nullopt);
        }
        first += std::max<std::size_t>(count, 1);
    }
    departures_.clear();
}

/// How many left, from `first` on; 0 when that one did not, errno says why.
std::size_t EchoSocket::leave(std::size_t first) {
    const auto wall = wall_now();
    const auto began = monotonic_now();
    const auto count = departures_.send(descriptor_->native_handle(), first);
    if (count == 0) return 0;
    const auto took = monotonic_now() - began;
    for (std::size_t index = 0; index < count; ++index) {
        const auto share = took * static_cast<std::int64_t>(index) / static_cast<std::int64_t>(count);
        const auto found = pending_.find(departures_.sequence(first + index));
        if (found == pending_.end()) continue;
        found->second.sent_wall = wall + share;
        found->second.sent = began + share;
    }
    return count;
}

void EchoSocket::forget(const Echoes& echoes) {
    if (echoes.complete()) return;
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.echoes == &echoes; });
    std::erase_if(due_, [&](const auto& entry) { return entry.second == &echoes; });
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
    for (int turn = 0; turn < turns; ++turn) {
        const auto count = arrivals_.receive(descriptor_->native_handle());
        for (std::size_t index = 0; index < count; ++index) {
            const auto packet = arrivals_.packet(index);
            take(raw_ && !six_ ? without_ip_header(packet) : packet, arrivals_.from(index), arrivals_.arrived(index));
        }
        if (count < EchoArrivals::most) return;
    }
}

void EchoSocket::take(std::string_view packet, const asio::ip::address& from, std::optional<std::chrono::microseconds> arrived_wall) {
    const auto reply = parse_echo_reply(packet, six_);
    if (!reply || reply->cookie != cookie_ || (raw_ && reply->identifier != identifier_)) return;
    const auto found = pending_.find(reply->sequence);
    if (found == pending_.end() || !same(found->second.target, from)) return;
    const auto elapsed = monotonic_now() - found->second.sent;
    auto round_trip = elapsed;
    if (arrived_wall) {
        const auto measured = *arrived_wall - found->second.sent_wall;
        // the kernel's stamp leaves out how long the packet lay here; a stepped wall clock makes it worthless
        if (measured >= -clock_slack && measured <= elapsed + clock_slack) round_trip = std::max(measured, std::chrono::microseconds{0});
    }
    settle(reply->sequence, round_trip);
}

void EchoSocket::drain_errors() {
    Received received;
    for (std::size_t count = 0; count < most_errors && received.take(descriptor_->native_handle(), MSG_ERRQUEUE); ++count) {
        const auto* entry =
            six_ ? find_control(received.message, IPPROTO_IPV6, IPV6_RECVERR) : find_control(received.message, IPPROTO_IP, IP_RECVERR);
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
    --echoes.outstanding;
    if (echoes.complete()) echoes.alarm.ring();
}

std::string echo_failure(bool six) {
    bool raw = false;
    const int socket = open_socket(six, raw);
    if (socket < 0) return explain(errno);
    ::close(socket);
    return {};
}

} // namespace io

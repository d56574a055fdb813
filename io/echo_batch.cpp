#include "io/echo_batch.hpp"

#include <netinet/in.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace io {

namespace {

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

} // namespace

const cmsghdr* find_control(msghdr& message, int level, int type) {
    for (auto* entry = CMSG_FIRSTHDR(&message); entry != nullptr; entry = CMSG_NXTHDR(&message, entry)) {
        if (entry->cmsg_level == level && entry->cmsg_type == type) return entry;
    }
    return nullptr;
}

asio::ip::address address_of(const sockaddr_storage& from) {
    if (from.ss_family == AF_INET) return asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in&>(from).sin_addr.s_addr));
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes);
}

void EchoDepartures::add(std::uint16_t sequence, std::string packet, const asio::ip::address& target) {
    auto& place = places_.at(size_);
    place.sequence = sequence;
    place.packet = std::move(packet);
    place.part = {.iov_base = place.packet.data(), .iov_len = place.packet.size()};
    auto& message = messages_.at(size_);
    message = {};
    message.msg_hdr.msg_name = &place.target;
    message.msg_hdr.msg_namelen = fill(target, place.target);
    message.msg_hdr.msg_iov = &place.part;
    message.msg_hdr.msg_iovlen = 1;
    ++size_;
}

std::size_t EchoDepartures::send(int socket, std::size_t first) {
    const int count = ::sendmmsg(socket, messages_.data() + first, static_cast<unsigned>(size_ - first), 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::size_t EchoArrivals::receive(int socket) {
    for (std::size_t index = 0; index < most; ++index) {
        auto& place = places_.at(index);
        place.part = {.iov_base = place.data.data(), .iov_len = place.data.size()};
        messages_.at(index) = {};
        auto& header = messages_.at(index).msg_hdr;
        header.msg_name = &place.from;
        header.msg_namelen = sizeof(place.from);
        header.msg_iov = &place.part;
        header.msg_iovlen = 1;
        header.msg_control = place.control.data();
        header.msg_controllen = place.control.size();
    }
    const int count = ::recvmmsg(socket, messages_.data(), most, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string_view EchoArrivals::packet(std::size_t index) const {
    const auto& data = places_.at(index).data;
    return {data.data(), std::min<std::size_t>(messages_.at(index).msg_len, data.size())};
}

asio::ip::address EchoArrivals::from(std::size_t index) const { return address_of(places_.at(index).from); }

std::optional<std::chrono::microseconds> EchoArrivals::arrived(std::size_t index) {
    const auto* const stamp = find_control(messages_.at(index).msg_hdr, SOL_SOCKET, SCM_TIMESTAMPNS);
    if (stamp == nullptr) return std::nullopt;
    timespec arrived{};
    std::memcpy(&arrived, CMSG_DATA(stamp), sizeof(arrived));
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds{arrived.tv_sec} +
                                                                 std::chrono::nanoseconds{arrived.tv_nsec});
}

} // namespace io

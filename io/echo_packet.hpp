#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace io {

/// What tells one echo from another.
struct EchoIdentity {
    std::uint16_t identifier = 0;  ///< of the socket; the kernel's where it is a ping socket
    std::uint16_t sequence = 0;
    std::uint64_t cookie = 0;      ///< of the socket: what it did not send itself is no reply
};

inline constexpr std::size_t smallest_echo_payload = 16;

/// An echo request: ICMP header (RFC 792; RFC 4443 for `six`) and `payload` bytes. The checksum is right for ICMP, and left
/// to the kernel for ICMPv6.
std::string echo_request(const EchoIdentity& identity, std::size_t payload, bool six);

/// The identity in an echo reply; nothing when `packet` (from the ICMP header on) is none.
std::optional<EchoIdentity> parse_echo_reply(std::string_view packet, bool six);

/// Identifier and sequence of an echo request that an error message quotes, which may be cut after its header.
std::optional<EchoIdentity> parse_quoted_request(std::string_view packet, bool six);

/// A packet as a raw IPv4 socket yields it, without its IP header; empty when that is broken.
std::string_view without_ip_header(std::string_view packet);

} // namespace io

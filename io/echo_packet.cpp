#include "io/echo_packet.hpp"

#include <algorithm>

namespace io {

namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t cookie_size = 8;
constexpr std::uint8_t request_four = 8;
constexpr std::uint8_t reply_four = 0;
constexpr std::uint8_t request_six = 128;
constexpr std::uint8_t reply_six = 129;

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t index = 0; index < size; ++index) bytes[at + index] = static_cast<char>((value >> (8 * (size - 1 - index))) & 0xFFU);
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < size; ++index) value = (value << 8U) | static_cast<unsigned char>(bytes[at + index]);
    return value;
}

/// The Internet checksum (RFC 1071).
std::uint16_t checksum(std::string_view bytes) {
    std::uint32_t sum = 0;
    for (std::size_t index = 0; index + 1 < bytes.size(); index += 2) sum += static_cast<std::uint32_t>(get(bytes, index, 2));
    if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.back())) << 8U;
    while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

} // namespace

std::string echo_request(const EchoIdentity& identity, std::size_t payload, bool six) {
    std::string packet(header_size + std::max(payload, smallest_echo_payload), '\0');
    packet[0] = static_cast<char>(six ? request_six : request_four);
    put(packet, 4, identity.identifier, 2);
    put(packet, 6, identity.sequence, 2);
    put(packet, header_size, identity.cookie, cookie_size);
    for (std::size_t index = header_size + cookie_size; index < packet.size(); ++index) packet[index] = static_cast<char>(index & 0x7FU);
    if (!six) put(packet, 2, checksum(packet), 2);
    return packet;
}

std::optional<EchoIdentity> parse_echo_reply(std::string_view packet, bool six) {
    if (packet.size() < header_size + cookie_size) return std::nullopt;
    if (static_cast<std::uint8_t>(packet[0]) != (six ? reply_six : reply_four) || packet[1] != 0) return std::nullopt;
    return EchoIdentity{.identifier = static_cast<std::uint16_t>(get(packet, 4, 2)),
                        .sequence = static_cast<std::uint16_t>(get(packet, 6, 2)),
                        .cookie = get(packet, header_size, cookie_size)};
}

std::optional<EchoIdentity> parse_quoted_request(std::string_view packet, bool six) {
    if (packet.size() < header_size || static_cast<std::uint8_t>(packet[0]) != (six ? request_six : request_four)) return std::nullopt;
    return EchoIdentity{.identifier = static_cast<std::uint16_t>(get(packet, 4, 2)),
                        .sequence = static_cast<std::uint16_t>(get(packet, 6, 2)),
                        .cookie = 0};
}

std::string_view without_ip_header(std::string_view packet) {
    if (packet.empty()) return {};
    const std::size_t length = (static_cast<unsigned char>(packet[0]) & 0x0FU) * std::size_t{4};
    if (length < 20 || length > packet.size()) return {};
    return packet.substr(length);
}

} // namespace io

#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

/// The parts of a URL that the configuration decides by. The exchange itself is left to the HTTP engine.
struct Url {
    std::string scheme;             ///< lower case
    std::string user;               ///< as written, without a password
    std::string host;               ///< lower case, IPv6 without brackets
    std::optional<std::uint16_t> port;
    std::string rest;               ///< path, query and fragment, from the first / or ? on
};

/// SCHEME://[USER@]HOST[:PORT][/...]. A password inside it is refused without printing the URL; so are spaces and
/// control characters.
std::optional<Url> read_url(const Node& node, Problems& problems);

/// As `read_url`, with a scheme out of `schemes` and without user info.
std::optional<Url> read_plain_url(const Node& node, const std::vector<std::string_view>& schemes, Problems& problems);

/// localhost, names below it, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

/// A numeric IPv4 or IPv6 address, without brackets.
bool is_address(std::string_view host);

/// ADDRESS, ADDRESS:PORT or [IPV6]:PORT, all numeric.
bool is_server(std::string_view text);

/// `host:port`, IPv6 in brackets.
std::string join_host_port(std::string_view host, std::uint16_t port);

} // namespace config

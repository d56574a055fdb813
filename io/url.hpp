#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace io {

/// The parts of an absolute URL that a client needs to connect.
struct Url {
    std::string scheme;
    std::string host;        ///< without brackets
    std::uint16_t port = 0;
    std::string target;      ///< path and query, at least "/"
};

/// Parses `scheme://host[:port][/path][?query]`; by libcurl's parser. Nothing when it is not one.
std::optional<Url> parse_url(const std::string& text);

} // namespace io

#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// What one run of a raw loop does. Loopback only: targets are 127.0.0.1 and the addresses behind it.
struct RawOptions {
    std::string kind;             ///< http, tcp, tls or icmp
    std::uint16_t port = 0;
    long count = 0;               ///< probes in all
    int concurrency = 64;         ///< under way at a time
    std::uint32_t addresses = 16; ///< targets: 127.0.0.1, .2, ...
    std::string path = "/";
    std::string ca_file;          ///< tls: the only authority
    int seconds = 60;             ///< the run is cut off then
};

struct RawTally {
    long started = 0;
    long done = 0;
    long good = 0;
};

} // namespace bench

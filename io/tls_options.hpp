#pragma once

#include <cstdint>
#include <string>

namespace io {

/// How a TLS peer is verified. The defaults are safe: system roots, name checked.
struct TlsOptions {
    bool verify = true;
    std::string ca_file;      ///< PEM bundle instead of the system's; empty: the system's
    std::string server_name;  ///< for SNI and verification instead of the host; empty: the host
    std::string certificate_file;
    std::string key_file;

    friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

/// What was seen of the peer's TLS, also when verification failed.
struct TlsFacts {
    std::string version;              ///< "TLSv1.3"; empty without TLS
    std::int64_t not_after = 0;       ///< earliest expiry of the presented chain, Unix seconds; 0 unknown
    bool verified = false;
};

} // namespace io

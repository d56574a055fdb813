#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace io {

/// How a TLS peer is verified. The defaults are safe: system roots, name checked.
struct TlsOptions {
    bool verify = true;
    std::string ca_file;      ///< PEM bundle instead of the system's; empty: the system's
    std::string server_name;  ///< for SNI and verification instead of the host; empty: the host
    std::string certificate_file;
    std::string key_file;
    std::string key = {};     ///< the client's key itself, PEM, instead of `key_file`; never logged
    bool inspect = false;     ///< streams only: a certificate that is not valid ends nothing; TlsFacts says what it is worth

    friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

/// One certificate that a peer presented.
struct CertificateFacts {
    std::string subject;              ///< as RFC 2253 writes it
    std::string issuer;
    std::vector<std::string> names;   ///< DNS names and addresses of the subjectAltName
    std::int64_t not_before = 0;      ///< Unix seconds
    std::int64_t not_after = 0;
};

/// What was seen of the peer's TLS, also when verification failed.
struct TlsFacts {
    std::string version;              ///< "TLSv1.3"; empty without TLS
    std::int64_t not_after = 0;       ///< earliest expiry of the presented chain, Unix seconds; 0 unknown
    bool verified = false;
    // Only of connections with `inspect`:
    std::vector<CertificateFacts> chain;  ///< as presented, the peer's own first; at most 10
    bool name_matches = false;            ///< the first one is for the host
    std::string finding;                  ///< why the chain is not verified; empty when it is
};

} // namespace io

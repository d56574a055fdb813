#pragma once

#include "config/document.hpp"
#include "io/tls_options.hpp"
#include "model/time.hpp"
#include "probes/text_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace probes {

/// What the certificates of a tls target must be, besides valid. Immutable after reading and shared by lanes.
struct CertificateRules {
    std::int64_t days_left = 0;        ///< of the chain's earliest end, at least
    std::vector<std::string> names;    ///< each must be among the names of the peer's own certificate
    TextRules issuer;                  ///< of the peer's own certificate

    /// Nothing when all is well; otherwise the first finding, for people. `verify`: whether it must be valid as well.
    [[nodiscard]] std::optional<std::string> broken_by(const io::TlsFacts& facts, bool verify, model::WallTime now) const;
};

/// `certificate: {days_left: 21, names: [...], issuer_contains: TEXT, issuer_matches: RE2}`.
CertificateRules read_certificate_rules(const config::Node& node, config::Problems& problems);

/// `TLSv1.3, CN=portal by CN=R11 until 2026-12-24 (29 days)`: of the peer's own certificate and the earliest end.
std::string describe_certificates(const io::TlsFacts& facts, model::WallTime now);

} // namespace probes

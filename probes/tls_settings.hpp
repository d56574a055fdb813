#pragma once

#include "config/settings.hpp"
#include "io/tls_options.hpp"
#include "probes/secret.hpp"

namespace probes {

/// How a target's TLS is verified, and who we are to it.
struct TlsSettings {
    io::TlsOptions options;       ///< without the client's key
    config::SecretReference key;  ///< of the client's certificate
};

/// `tls: {ca_file: PATH, server_name: NAME, verify: false, certificate_file: PATH, key: SECRET}` of a watch's block. Not
/// verifying is a warning: an impostor would pass.
TlsSettings read_tls(const config::Node& block, config::Problems& problems);

/// The options with the client's key.
io::TlsOptions with_key(const TlsSettings& settings, const ReadSecret& read, config::Problems& problems);

} // namespace probes

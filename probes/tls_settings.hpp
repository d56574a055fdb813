#pragma once

#include "config/document.hpp"
#include "io/tls_options.hpp"

namespace probes {

/// `tls: {ca_file: PATH, server_name: NAME, verify: false}` of a watch's block. Not verifying is a warning: an
/// impostor would pass.
io::TlsOptions read_tls(const config::Node& block, config::Problems& problems);

} // namespace probes

#pragma once

#include "config/settings.hpp"
#include "io/stream_exchange.hpp"
#include "probes/certificate_rules.hpp"
#include "probes/text_rules.hpp"
#include "probes/tls_settings.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace probes {

/// What a tcp or tls watch says to its target, and what it takes for a good answer.
struct StreamSettings {
    io::StreamRequest request;      ///< all but the timeout and the client's key
    TextRules expect;               ///< of the last answer
    TlsSettings tls;
    CertificateRules certificate;   ///< tls only
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& tcp_keys();
const std::vector<std::string_view>& tls_keys();

/// host:port of a tcp or tls target; the port must be named.
std::optional<config::TargetFacts> describe_stream(const config::Node& target, config::Problems& problems);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<StreamSettings> read_stream_settings(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes

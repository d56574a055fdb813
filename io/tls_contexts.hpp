#pragma once

#include "io/tls_options.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

namespace io {

namespace asio = boost::asio;

/// One shared ssl::context per distinct set of options: the system's roots are read once, not at each connection.
/// One thread only.
class TlsContexts {
public:
    /// Throws system_error when a file of the options cannot be read.
    asio::ssl::context& get(TlsOptions options);

private:
    std::vector<std::pair<TlsOptions, std::unique_ptr<asio::ssl::context>>> contexts_;
};

/// Server name indication and host-name verification for a new connection.
void set_peer(SSL* ssl, const TlsOptions& options, const std::string& host);

/// The chain, the name and the finding of a connection with `inspect`, into `facts`.
void inspect(SSL* ssl, const TlsOptions& options, const std::string& host, TlsFacts& facts);

/// What is known of the peer's TLS now, also after a failed verification.
TlsFacts facts_of(SSL* ssl, bool verify);

} // namespace io

#pragma once

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

namespace web {

/// What a TLS listener shows of itself and asks of its clients.
struct TlsFiles {
    std::string certificate_file;  ///< PEM: the server's certificate, then those between it and its authority
    std::string key;               ///< PEM, the private key itself; never logged
    std::string client_ca_file;    ///< PEM: who signs clients' certificates; nobody else is let in
};

/// TLS 1.2 or newer, a client's certificate required and verified. The error says which of the files is wrong and how,
/// never what is in the key. Reads files: at the start only.
std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string> server_context(const TlsFiles& files);

/// Until when the context's own certificate is valid, in seconds since 1970.
std::optional<std::chrono::sys_seconds> valid_until(boost::asio::ssl::context& context);

/// By which names the certificate knows a verified peer: its common name first, then its DNS and mail names, each once.
/// Empty: there is none, or it was not verified. Names with control characters are no names.
std::vector<std::string> peer_names(SSL* ssl);

} // namespace web

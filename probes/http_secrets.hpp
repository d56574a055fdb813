#pragma once

#include "config/settings.hpp"
#include "io/http_client.hpp"
#include "probes/secret.hpp"
#include "probes/tls_settings.hpp"

#include <string>
#include <vector>

namespace probes {

/// Who we are to an HTTP target: by reference until a daemon runs, never written down.
struct HttpSecrets {
    struct Header {
        std::string name;
        std::string username;              ///< of basic; empty otherwise
        bool bearer = false;
        config::SecretReference reference; ///< the whole value, the token or the password
    };
    std::vector<Header> headers;
    config::SecretReference proxy_password;
    TlsSettings tls;

    [[nodiscard]] bool any() const;
};

/// `basic: {username, password}`, `bearer: SECRET`, `secret_headers: {NAME: SECRET}` of a block; one kind of login at most.
std::vector<HttpSecrets::Header> read_secret_headers(const config::Node& block, config::Problems& problems);

/// The request with every secret in its place.
io::HttpRequest with_secrets(io::HttpRequest request, const HttpSecrets& secrets, const ReadSecret& read, config::Problems& problems);

/// A token of RFC 9110, 5.6.2.
bool is_token(std::string_view text);

/// Whether the header of this name commonly carries a secret.
bool holds_secret(std::string_view name);

} // namespace probes

#pragma once

#include <string>

/// A certificate with its key, made for one test run.
struct Certificate {
    std::string certificate;  ///< PEM
    std::string key;          ///< PEM
};

/// A self-signed authority.
Certificate make_authority(const std::string& name);

/// A server's certificate. `names`: subjectAltName as OpenSSL writes it, such as "DNS:localhost,IP:127.0.0.1".
/// It is valid from `begins` to `ends`, in seconds from now.
Certificate make_certificate(const Certificate& authority, const std::string& names, long begins, long ends);

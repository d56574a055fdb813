#pragma once

#include "io/tls_options.hpp"

#include <memory>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace io {

struct CurlEasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;

struct CurlListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDeleter>;

CurlList make_list(const std::vector<std::string>& lines);

/// A new handle with what every transfer here needs: no signals, a fresh connection that is not kept, no proxy from the
/// environment, no netrc, no cached sessions or names.
CurlEasy make_easy();

/// Verification and certificates. The certificate folder is cleared so that libcurl's cache of the CA file works.
void set_tls(CURL* easy, const TlsOptions& tls);

/// `host:port` is at these addresses; libcurl looks nothing up.
CurlList pin_addresses(CURL* easy, const std::string& host, std::uint16_t port, const std::vector<std::string>& addresses);

/// The system's bundle of roots.
inline constexpr const char* system_roots = "/etc/ssl/certs/ca-certificates.crt";

} // namespace io

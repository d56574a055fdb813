#include "io/curl_easy.hpp"

#include <new>

namespace io {

CurlList make_list(const std::vector<std::string>& lines) {
    CurlList list;
    for (const auto& line : lines) {
        auto* longer = curl_slist_append(list.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        [[maybe_unused]] const auto* shorter = list.release();  // `longer` begins with it
        list.reset(longer);
    }
    return list;
}

CurlEasy make_easy() {
    CurlEasy easy(curl_easy_init());
    if (easy == nullptr) throw std::bad_alloc();
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    return easy;
}

void set_tls(CURL* easy, const TlsOptions& tls) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.empty() ? system_roots : tls.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!tls.certificate_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.certificate_file.c_str());
    if (!tls.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
    if (!tls.key.empty()) {
        curl_blob key{.data = const_cast<char*>(tls.key.data()), .len = tls.key.size(), .flags = CURL_BLOB_COPY};
        curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
    }
}

CurlList pin_addresses(CURL* easy, const std::string& host, std::uint16_t port, const std::vector<std::string>& addresses) {
    std::string line = host + ":" + std::to_string(port) + ":";
    for (std::size_t index = 0; index < addresses.size(); ++index) {
        const bool six = addresses[index].find(':') != std::string::npos;
        line += (index > 0 ? "," : "") + (six ? "[" + addresses[index] + "]" : addresses[index]);
    }
    auto list = make_list({line});
    curl_easy_setopt(easy, CURLOPT_RESOLVE, list.get());
    return list;
}

} // namespace io

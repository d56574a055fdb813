#include "io/url.hpp"

#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace io {

namespace {

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

} // namespace

std::optional<Url> parse_url(const std::string& text) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return std::nullopt;
    Url parsed;
    parsed.scheme = part(url.get(), CURLUPART_SCHEME);
    parsed.host = part(url.get(), CURLUPART_HOST);
    if (parsed.host.starts_with('[')) parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    const auto port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::from_chars(port.data(), port.data() + port.size(), parsed.port);
    const auto query = part(url.get(), CURLUPART_QUERY);
    parsed.target = part(url.get(), CURLUPART_PATH);
    if (parsed.target.empty()) parsed.target = "/";
    if (!query.empty()) parsed.target += "?" + query;
    return parsed;
}

} // namespace io

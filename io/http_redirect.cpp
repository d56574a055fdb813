#include "io/http_redirect.hpp"

#include "io/url.hpp"

namespace io {

bool is_redirect(std::uint16_t status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

std::expected<HttpRequest, std::string> redirected(HttpRequest request, std::uint16_t status, const std::string& url) {
    const auto from = parse_url(request.url);
    const auto to = parse_url(url);
    if (!from || !to || to->host.empty() || (to->scheme != "http" && to->scheme != "https"))
        return std::unexpected("redirected to something that is not an http or https URL");
    if (from->scheme == "https" && to->scheme == "http") return std::unexpected("redirected from https to http, to " + to->host);
    if (from->host != to->host && !request.redirects_to_other_hosts) return std::unexpected("redirected to another host, " + to->host);
    if (from->host != to->host || from->port != to->port || from->scheme != to->scheme) {
        request.secret_headers.clear();
        request.tls.certificate_file.clear();
        request.tls.key_file.clear();
        request.tls.key.clear();
        if (from->host != to->host) request.tls.server_name.clear();
    }
    const bool to_get = (status == 303 && request.method != "HEAD") || ((status == 301 || status == 302) && request.method == "POST");
    if (to_get) {
        request.method = "GET";
        request.body.clear();
    }
    request.url = url;
    --request.redirects;
    return request;
}

} // namespace io

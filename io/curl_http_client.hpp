#pragma once

#include "io/curl_multi.hpp"
#include "io/http_client.hpp"
#include "io/resolver.hpp"

namespace io {

/// The rich HTTP engine: every method, redirects, HTTP/2, client certificates. For webhooks and for probes beyond a plain
/// request.
class CurlHttpClient final : public HttpClient {
public:
    CurlHttpClient(asio::any_io_executor executor, Clock& clock, Resolver& resolver)
        : multi_(std::move(executor), clock), clock_(clock), resolver_(resolver) {}

    asio::awaitable<HttpResponse> request(HttpRequest request) override;

private:
    CurlMulti multi_;
    Clock& clock_;
    Resolver& resolver_;
};

} // namespace io

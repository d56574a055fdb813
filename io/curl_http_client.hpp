#pragma once

#include "io/curl_multi.hpp"
#include "io/http_client.hpp"
#include "io/resolver.hpp"

namespace io {

/// The rich HTTP engine: every method, redirects, proxies, HTTP/2, client certificates. For webhooks and for probes beyond
/// a plain request. Every name is resolved by the resolver, also after a redirect; libcurl looks nothing up.
class CurlHttpClient final : public HttpClient {
public:
    CurlHttpClient(asio::any_io_executor executor, Clock& clock, Resolver& resolver)
        : multi_(std::move(executor), clock), clock_(clock), resolver_(resolver) {}

    asio::awaitable<HttpResponse> request(HttpRequest request) override;

private:
    /// One request to one peer, and where its answer redirects to.
    struct Hop {
        HttpResponse response;
        std::string next;
    };
    asio::awaitable<Hop> hop(const HttpRequest& request, model::Milliseconds deadline);

    CurlMulti multi_;
    Clock& clock_;
    Resolver& resolver_;
};

} // namespace io

#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/resolver.hpp"
#include "io/socket_watch.hpp"
#include "io/tls_contexts.hpp"
#include "io/url.hpp"

#include <boost/asio/any_io_executor.hpp>

namespace io {

/// The engine for plain requests, liveness at scale: Boost.Beast's parser over Asio, one shared TLS context, HTTP/1.1, a
/// fresh connection each. No redirects, no body in the request; see `is_plain`. One thread only.
class BeastHttpClient final : public HttpClient {
public:
    /// An answer, and whether a more lenient parser might make more of it.
    struct Result {
        HttpResponse response;
        bool unreadable = false;
    };

    BeastHttpClient(const asio::any_io_executor& executor, Clock& clock, Resolver& resolver)
        : sockets_(executor), clock_(clock), resolver_(resolver) {}

    asio::awaitable<HttpResponse> request(HttpRequest request) override;

    /// The same; `request` and `url` are those of `is_plain`.
    asio::awaitable<Result> exchange(const HttpRequest& request, Url url);

private:
    SocketWatch sockets_;
    Clock& clock_;
    Resolver& resolver_;
    TlsContexts contexts_;
};

/// Whether BeastHttpClient can do it: GET or HEAD, which may be asked twice, without a body and without redirects, over
/// http or https, every byte as it stands.
[[nodiscard]] bool is_plain(const HttpRequest& request, const Url& url);

} // namespace io

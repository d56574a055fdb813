#include "io/http_engines.hpp"

#include "io/beast_http_client.hpp"
#include "io/curl_http_client.hpp"

#include <utility>

namespace io {

namespace {

/// Beast for all it can, libcurl for the rest: redirects, bodies, and answers that Beast's strict parser does not read.
class HttpEngines final : public HttpClient {
public:
    HttpEngines(const asio::any_io_executor& executor, Clock& clock, Resolver& resolver)
        : plain_(executor, clock, resolver), rich_(executor, clock, resolver), clock_(clock) {}

    asio::awaitable<HttpResponse> request(HttpRequest request) override {
        auto url = parse_url(request.url);
        if (url && is_plain(request, *url)) {
            const auto deadline = clock_.now().boot + request.timeout;
            auto result = co_await plain_.exchange(request, std::move(*url));
            if (!result.unreadable) co_return std::move(result.response);
            // a GET may be asked twice: a server of odd habits that every browser understands is not down
            request.timeout = deadline - clock_.now().boot;
            if (request.timeout <= model::Milliseconds{0}) co_return std::move(result.response);
        }
        co_return co_await rich_.request(std::move(request));
    }

private:
    BeastHttpClient plain_;
    CurlHttpClient rich_;
    Clock& clock_;
};

} // namespace

std::unique_ptr<HttpClient> make_http_client(asio::any_io_executor executor, Clock& clock, Resolver& resolver) {
    return std::make_unique<HttpEngines>(executor, clock, resolver);
}

} // namespace io

#include "io/curl_http_client.hpp"

#include "io/curl_http_transfer.hpp"
#include "io/http_redirect.hpp"

#include <utility>

namespace io {

namespace {

HttpResponse failed(model::Reason reason, std::string error) {
    HttpResponse response;
    response.reason = reason;
    response.error = std::move(error);
    return response;
}

void add(model::Phases& sum, const model::Phases& more) {
    sum.resolve += more.resolve;
    sum.connect += more.connect;
    sum.tls += more.tls;
    sum.processing += more.processing;
    sum.transfer += more.transfer;
}

/// An answer that must not or cannot be followed is no answer.
void refuse(HttpResponse& response, std::string error) {
    response.reason = model::Reason::protocol_error;
    response.status = 0;
    response.error = std::move(error);
}

} // namespace

asio::awaitable<CurlHttpClient::Hop> CurlHttpClient::hop(const HttpRequest& request, model::Milliseconds deadline) {
    const bool by_proxy = request.proxy != nullptr;
    const auto url = parse_url(by_proxy ? request.proxy->url : request.url);
    if (!url || url->host.empty()) co_return Hop{failed(model::Reason::protocol_error, "the URL is not readable"), {}};
    auto resolved = co_await resolver_.resolve(url->host, request.family, deadline - clock_.now().boot);
    if (resolved.reason != model::Reason::none) {
        if (by_proxy) resolved.error = "the proxy cannot be reached: " + resolved.error;
        auto response = failed(by_proxy ? model::Reason::no_route : resolved.reason, std::move(resolved.error));
        response.phases.resolve = resolved.took;
        co_return Hop{std::move(response), {}};
    }
    CurlHttpTransfer transfer(request, *url, resolved.addresses, deadline - clock_.now().boot);
    const auto code = co_await multi_.perform(transfer.easy());
    Hop result{transfer.take(code), transfer.redirect()};
    result.response.phases.resolve = resolved.took;
    co_return result;
}

asio::awaitable<HttpResponse> CurlHttpClient::request(HttpRequest request) {
    const auto began = clock_.now();
    const auto deadline = began.boot + request.timeout;
    const auto allowed = request.redirects;
    std::uint32_t followed = 0;
    model::Phases phases;
    for (;;) {
        auto [response, next] = co_await hop(request, deadline);
        add(phases, response.phases);
        const bool follow = allowed > 0 && response.answered() && is_redirect(response.status) && !next.empty();
        if (follow && followed < allowed) {
            auto further = redirected(request, response.status, next);
            if (further) {
                request = std::move(*further);
                ++followed;
                continue;
            }
            refuse(response, std::move(further.error()));
        } else if (follow) {
            refuse(response, "more than " + std::to_string(allowed) + " redirects");
        }
        response.redirects = followed;
        response.phases = phases;
        response.began = began;
        response.ended = clock_.now();
        co_return std::move(response);
    }
}

} // namespace io

#include "io/beast_http_client.hpp"

#include "io/http_conversation.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace io {

namespace {

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

/// No line end, or the rest would be taken for another header.
bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](char letter) { return letter == '\r' || letter == '\n' || letter == '\0'; });
}

} // namespace

bool is_plain(const HttpRequest& request, const Url& url) {
    // A field that is added to HttpRequest must be weighed here: this line then no longer compiles.
    const auto& [method, text, headers, body, timeout, body_limit, header_limit, redirects, family, tls, need_body, secret_headers, version,
                 proxy, to_other_hosts] = request;
    const bool one_hop = redirects == 0 && proxy == nullptr && version == HttpVersion::http1;
    const bool safe = (method == "GET" || method == "HEAD") && body.empty() && secret_headers.empty() && one_hop;
    return safe && (url.scheme == "http" || url.scheme == "https") && url.port != 0 && is_printable(url.host) && is_printable(url.target) &&
           std::ranges::all_of(headers, [](const auto& header) { return is_printable(header.first) && is_one_line(header.second); });
}

asio::awaitable<BeastHttpClient::Result> BeastHttpClient::exchange(const HttpRequest& request, Url url) {
    const auto began = clock_.now();
    const auto deadline = began.boot + request.timeout;
    HttpConversation conversation(sockets_, clock_, request, std::move(url), deadline);
    try {
        co_await conversation.run(resolver_, contexts_);
    } catch (const boost::system::system_error&) {
        if (!conversation.expired()) throw;
        conversation.time_is_over();
    }
    Result result{.response = conversation.take_response(), .unreadable = conversation.unreadable()};
    result.response.began = began;
    result.response.ended = clock_.now();
    co_return result;
}

asio::awaitable<HttpResponse> BeastHttpClient::request(HttpRequest request) {
    auto url = parse_url(request.url);
    if (url && is_plain(request, *url)) {
        auto result = co_await exchange(request, std::move(*url));
        co_return std::move(result.response);
    }
    HttpResponse response;
    response.began = clock_.now();
    response.ended = response.began;
    response.reason = model::Reason::protocol_error;
    response.error = url ? "this is no plain request: it needs the other engine" : "the URL is not readable";
    co_return response;
}

} // namespace io

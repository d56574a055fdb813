#include "notifier/webhook_message.hpp"

#include "notifier/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace notifier {

std::string webhook_signature(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body) {
    return "v1," + base64(hmac_sha256(secret, fmt::format("{}.{}.{}", id, timestamp, body)));
}

io::HttpRequest webhook_request(const model::Notice& notice, const model::Envelope& envelope, const model::Contact& contact,
                                model::WallTime now, model::Milliseconds timeout) {
    // ignored, but read to its end within the timeout, since a 2xx counts when it is complete
    constexpr std::size_t answer_limit = std::size_t{64} << 20;
    const std::int64_t timestamp = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    io::HttpRequest request;
    request.method = "POST";
    request.url = contact.address;
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "hinomi"},
                       {"webhook-id", envelope.message_id},
                       {"webhook-timestamp", std::to_string(timestamp)}};
    if (!contact.secret.empty()) {
        request.headers.emplace_back("webhook-signature", webhook_signature(contact.secret, envelope.message_id, timestamp, notice.data));
    }
    request.body = notice.data;
    request.timeout = timeout;
    request.body_limit = answer_limit;
    request.redirects = 0;
    request.need_body = false;
    return request;
}

std::string webhook_host(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    std::string host(url);
    std::ranges::transform(host, host.begin(),
                           [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
    return host;
}

} // namespace notifier

#include "daemon/heartbeat_out.hpp"

#include "notifier/webhook_message.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace hinomi {

namespace {

constexpr model::Milliseconds longest_wait{10'000};
constexpr std::size_t answer_limit = 4'096;

std::string new_id(io::Random& random) {
    std::array<std::uint8_t, 12> bytes{};
    random.fill(bytes);
    std::string id = "heartbeat_";
    for (const auto byte : bytes) id += fmt::format("{:02x}", byte);
    return id;
}

} // namespace

HeartbeatOut::HeartbeatOut(Parts parts, std::string url, model::Milliseconds every, std::string secret)
    : parts_(std::move(parts)), url_(std::move(url)), every_(every), secret_(std::move(secret)) {}

io::HttpRequest HeartbeatOut::ping() {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(parts_.clock.now().wall).time_since_epoch().count();
    io::HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.timeout = std::min(longest_wait, every_ / 2);
    request.body_limit = answer_limit;
    request.need_body = false;
    request.body = fmt::format(R"({{"type":"heartbeat","timestamp":{},"data":{{}}}})", seconds);
    request.headers = {{"Content-Type", "application/json"}};
    if (secret_.empty()) return request;
    const auto id = new_id(parts_.random);
    request.headers.emplace_back("webhook-id", id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(seconds));
    request.headers.emplace_back("webhook-signature", notifier::webhook_signature(secret_, id, seconds, request.body));
    return request;
}

void HeartbeatOut::note(const io::HttpResponse& response) {
    const bool well = response.answered() && response.status >= 200 && response.status < 300;
    ++(well ? counts_.sent : counts_.failed);
    if (well == well_) return;
    well_ = well;
    if (well) spdlog::info("heartbeat_out: taken again");
    else spdlog::warn("heartbeat_out: not taken: {}", response.answered() ? fmt::format("HTTP {}", response.status) : response.error);
}

asio::awaitable<void> HeartbeatOut::run() {
    while (true) {
        const auto next = parts_.clock.now().boot + every_;
        if (parts_.healthy()) {
            auto request = ping();
            const auto response = co_await parts_.http.request(std::move(request));
            note(response);
        }
        co_await io::sleep_until(parts_.clock, next);
    }
}

} // namespace hinomi

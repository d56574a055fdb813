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

void HeartbeatOut::set_target(std::optional<Target> target) {
    if (target == target_) return;
    target_ = std::move(target);
    well_ = true;
    changed_.ring();
}

io::HttpRequest HeartbeatOut::ping(const Target& target) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(parts_.clock.now().wall).time_since_epoch().count();
    io::HttpRequest request;
    request.method = "POST";
    request.url = target.url;
    request.timeout = std::min(longest_wait, target.every / 2);
    request.body_limit = answer_limit;
    request.need_body = false;
    request.body = fmt::format(R"({{"type":"heartbeat","timestamp":{},"data":{{}}}})", seconds);
    request.headers = {{"Content-Type", "application/json"}};
    if (target.secret.empty()) return request;
    const auto id = new_id(parts_.random);
    request.headers.emplace_back("webhook-id", id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(seconds));
    request.headers.emplace_back("webhook-signature", notifier::webhook_signature(target.secret, id, seconds, request.body));
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
        if (!target_) {
            co_await changed_.wait();
            continue;
        }
        const auto next = parts_.clock.now().boot + target_->every;
        if (parts_.healthy()) {
            auto request = ping(*target_);
            const auto response = co_await parts_.http.request(std::move(request));
            note(response);
        }
        co_await changed_.wait_until(next);
    }
}

std::optional<HeartbeatOut::Target> heartbeat_target(const config::Settings& settings, Secrets& secrets, config::Problems& problems) {
    const auto& configured = settings.heartbeat_out;
    if (!configured) return std::nullopt;
    auto secret = secrets.resolve(configured->secret, problems);
    if (!secret) return std::nullopt;
    return HeartbeatOut::Target{.url = configured->url, .every = configured->every, .secret = std::move(*secret)};
}

} // namespace hinomi

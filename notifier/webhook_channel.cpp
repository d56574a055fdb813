#include "notifier/webhook_channel.hpp"

#include "notifier/digest.hpp"
#include "notifier/evidence.hpp"
#include "notifier/webhook_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace notifier {

namespace {

using model::DeliveryOutcome;
using model::Reason;

DeliveryOutcome judge(const io::HttpResponse& response) {
    if (!response.answered()) return response.request_sent ? DeliveryOutcome::unknown : DeliveryOutcome::retry;
    const auto status = response.status;
    if (status >= 200 && status < 300) return DeliveryOutcome::accepted;
    if (status == 408 || status == 425 || status == 429 || status < 200 || status >= 500) return DeliveryOutcome::retry;
    return DeliveryOutcome::refused;  // 3xx is not followed; 410 and the other 4xx will not change by themselves
}

const char* step_name(const io::HttpResponse& response) {
    if (response.answered()) return "done";
    if (response.request_sent) return "answer";
    switch (response.reason) {
    case Reason::tls_failed:
    case Reason::certificate_invalid: return "tls";
    case Reason::refused:
    case Reason::reset:
    case Reason::connect_timeout:
    case Reason::no_route:
    case Reason::name_not_found:
    case Reason::name_timeout: return "connect";
    default: return "body";
    }
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
std::optional<model::WallTime> parse_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
    const auto month = std::ranges::find(months, text.substr(8, 3));
    const auto day = number(text.substr(5, 2));
    const auto year = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2));
    const auto minute = number(text.substr(20, 2));
    const auto second = number(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

model::Milliseconds retry_after(const io::HttpResponse& response) {
    if (response.status != 429 && response.status != 503) return model::Milliseconds{0};
    for (const auto& [name, value] : response.headers) {
        if (name == "retry-after") return parse_retry_after(value, response.ended.wall);
    }
    return model::Milliseconds{0};
}

class WebhookChannel final : public Channel {
public:
    WebhookChannel(io::HttpClient& http, io::Clock& clock, const OutboxSettings& settings)
        : http_(http), clock_(clock), settings_(settings) {}

    asio::awaitable<model::Delivery> send(Shipment shipment) override {
        auto request = webhook_request(*shipment.notice, shipment.envelope, shipment.contact, clock_.now().wall, settings_.webhook_timeout);
        const auto response = co_await http_.request(std::move(request));
        auto delivery = classify(response);
        delivery.text = evidence_text(delivery.text, secrets_of(shipment));
        delivery.sha256 = sha256_hex(shipment.notice->data);
        co_return delivery;
    }

private:
    io::HttpClient& http_;
    io::Clock& clock_;
    const OutboxSettings& settings_;
};

} // namespace

model::Milliseconds parse_retry_after(std::string_view value, model::WallTime now) {
    constexpr std::int64_t most_seconds = 30 * 24 * 3'600;
    const auto begin = value.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return model::Milliseconds{0};
    value = value.substr(begin, value.find_last_not_of(" \t") - begin + 1);
    const model::Milliseconds most{most_seconds * 1'000};
    if (const auto seconds = number(value)) return model::Milliseconds{std::min(*seconds, most_seconds) * 1'000};
    if (const auto date = parse_date(value)) return std::clamp(model::Milliseconds{*date - now}, model::Milliseconds{0}, most);
    return model::Milliseconds{0};
}

model::Delivery classify(const io::HttpResponse& response) {
    model::Delivery delivery;
    delivery.outcome = judge(response);
    delivery.relay_fault = !response.answered();
    delivery.step = step_name(response);
    delivery.code = response.status;
    delivery.text = response.answered() ? fmt::format("HTTP {}", response.status) : response.error;
    delivery.tls = response.tls.version;
    delivery.retry_after = retry_after(response);
    delivery.began = response.began;
    delivery.ended = response.ended;
    return delivery;
}

std::unique_ptr<Channel> make_webhook_channel(ChannelEffects effects, const OutboxSettings& settings) {
    return std::make_unique<WebhookChannel>(effects.http, effects.clock, settings);
}

} // namespace notifier

#include "daemon/demo_scene.hpp"

#include "io/sleep.hpp"

#include <fmt/format.h>

namespace hinomi {

namespace {

using asio::ip::tcp;

constexpr model::Milliseconds opening_takes{5'000};

/// A port of 127.0.0.1 that is free at the moment, or 0.
std::uint16_t free_port(const asio::any_io_executor& executor) {
    boost::system::error_code error;
    tcp::acceptor acceptor(executor);
    const tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
    acceptor.open(anywhere.protocol(), error);
    if (!error) acceptor.bind(anywhere, error);
    return error ? std::uint16_t{0} : acceptor.local_endpoint(error).port();
}

} // namespace

DemoScene::DemoScene(asio::any_io_executor executor, io::Clock& clock)
    : executor_(executor), clock_(clock), catcher_(executor, clock, [this](const CaughtMail&) { ++mails_; }) {
    router_.add("GET", "/healthz", [](const web::Request&) { return web::text_answer(200, "ok"); });
}

asio::awaitable<std::string> DemoScene::open() {
    const auto mail = catcher_.listen();
    if (!mail) co_return mail.error();
    mail_port_ = *mail;
    metrics_port_ = free_port(executor_);
    const auto until = clock_.now().boot + opening_takes;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        auto& server = servers_.at(part) = std::make_unique<web::Server>(executor_, clock_, router_, web::Limits{});
        server->listen({{asio::ip::address_v4::loopback(), 0}});
        while (server->endpoints().empty()) {
            if (clock_.now().boot > until) co_return std::string("no port of 127.0.0.1 can be opened for ") + parts.at(part);
            co_await io::sleep_until(clock_, clock_.now().boot + model::Milliseconds{10});
        }
        ports_.at(part) = server->endpoints().front().port();
    }
    co_return std::string();
}

void DemoScene::break_part() {
    servers_.at(broken_part)->stop();
    servers_.at(broken_part).reset();
}

void DemoScene::mend_part() {
    auto& server = servers_.at(broken_part) = std::make_unique<web::Server>(executor_, clock_, router_, web::Limits{});
    server->listen({{asio::ip::address_v4::loopback(), ports_.at(broken_part)}});
}

std::string DemoScene::configuration(const std::string& folder) const {
    std::string assets;
    std::string watches;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        assets += fmt::format("  {}: {{kind: application, service: shop}}\n", parts.at(part));
        watches += fmt::format(
            "  - asset: {}\n"
            "    liveness: {{target: \"http://127.0.0.1:{}/healthz\", every: 2s, timeout: 1s, confirm: {{failures: 3, "
            "retry_after: 2s}}}}\n",
            parts.at(part), ports_.at(part));
    }
    return fmt::format(R"(mode: live
storage: {{directory: {0}/data}}
runtime_directory: {0}/run
provider: {{name: Demo KK, support: "support@shop.example", timezone: Asia/Tokyo}}
services:
  shop: {{title: {{ja: オンラインショップ, en: Online shop}}, timezone: Asia/Tokyo, regular_maintenance: none}}
assets:
{1}watches:
{2}tenants:
  - {{name: acme, services: [shop], language: ja, contacts: [{{email: it@acme.example}}]}}
  - {{name: globex, services: [shop], language: en, contacts: [{{email: ops@globex.example}}]}}
staff:
  manager: [{{email: manager@shop.example}}]
  on_call: [{{email: on-call@shop.example}}]
relays:
  - {{smtp: "smtp://127.0.0.1:{3}", from: status@shop.example}}
references: []
duties: {{grouping: 2s}}
metrics: {{listen: "127.0.0.1:{4}"}}
)",
                       folder, assets, watches, mail_port_, metrics_port_);
}

} // namespace hinomi

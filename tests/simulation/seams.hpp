#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/mail_transaction.hpp"
#include "io/resolver.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace simulation {

namespace asio = boost::asio;

/// Hears of every delivery at the moment its sending begins: the invariants ask what was durable then.
using SendWatcher = std::function<void(const std::string& message_id)>;

/// HTTP as webhooks see it: receivers are `https://hookN.example/...`.
class SimulatedWebhookHttp final : public io::HttpClient {
public:
    SimulatedWebhookHttp(World& world, io::Clock& clock, SendWatcher on_send)
        : world_(world), clock_(clock), on_send_(std::move(on_send)) {}
    asio::awaitable<io::HttpResponse> request(io::HttpRequest request) override;

private:
    void answer(const io::HttpRequest& request, ReceiverMode mode, io::HttpResponse& response);
    void accept(const io::HttpRequest& request, bool reply_known);

    World& world_;
    io::Clock& clock_;
    SendWatcher on_send_;
};

/// Mail relays with every class of reply at every step.
class SimulatedMail final : public io::MailTransaction {
public:
    SimulatedMail(World& world, io::Clock& clock, SendWatcher on_send) : world_(world), clock_(clock), on_send_(std::move(on_send)) {}
    asio::awaitable<io::MailResult> send(io::MailJob job) override;

private:
    asio::awaitable<io::MailResult> deliver(io::MailJob job, RelayMode mode, Milliseconds latency, io::MailResult result);
    void accept(const io::MailJob& job, bool reply_known);

    World& world_;
    io::Clock& clock_;
    SendWatcher on_send_;
};

/// Name servers that answer unless they, or our own network, are down. No targets are looked up through it.
class SimulatedResolver final : public io::Resolver {
public:
    SimulatedResolver(World& world, io::Clock& clock) : world_(world), clock_(clock) {}
    asio::awaitable<io::ResolveResult> resolve(std::string host, io::AddressFamily family, model::Milliseconds timeout) override;
    [[nodiscard]] std::vector<std::string> servers() const override { return {"192.0.2.53", "192.0.2.54"}; }
    asio::awaitable<bool> server_answers(std::string server, model::Milliseconds timeout) override;

private:
    World& world_;
    io::Clock& clock_;
};

/// `h.example` of `https://h.example:443/path`.
std::string host_of(const std::string& url);

/// The value of a header of a message, unfolded; empty when it is not there.
std::string header_of(const std::string& message, const std::string& name);

/// Base64 bodies and encoded words of a message decoded into one text.
std::string readable(const std::string& message);

} // namespace simulation

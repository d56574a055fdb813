#pragma once

#include "io/clock.hpp"
#include "io/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace io {

class AresChannel;

/// c-ares on the Asio loop. One per io_context; used on its thread only. Numeric hosts are answered without it, names of
/// /etc/hosts without a server.
class AresResolver final : public Resolver {
public:
    /// `servers` replaces the configured name servers (numeric, `address`, `address:port` or `[address]:port`); empty: those
    /// of resolv.conf, read once.
    AresResolver(asio::any_io_executor executor, Clock& clock, std::vector<std::string> servers = {});
    ~AresResolver() override;

    asio::awaitable<ResolveResult> resolve(std::string host, AddressFamily family, model::Milliseconds timeout) override;
    [[nodiscard]] std::vector<std::string> servers() const override;

    /// By UDP, through a channel of its own.
    asio::awaitable<bool> server_answers(std::string server, model::Milliseconds timeout) override;

private:
    asio::any_io_executor executor_;
    Clock& clock_;
    std::vector<std::string> servers_;
    std::shared_ptr<AresChannel> channel_;
};

/// The name servers that this machine is configured with; none when there is no resolv.conf that names one.
std::vector<std::string> configured_name_servers();

} // namespace io

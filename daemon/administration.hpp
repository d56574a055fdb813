#pragma once

#include "config/settings.hpp"
#include "daemon/reload.hpp"
#include "web/router.hpp"
#include "web/server.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hinomi {

/// What changes something over HTTP: TLS, and clients with a certificate only (III.3.1.3 b). The names in a certificate say who asks
/// and what he may: viewers look, admins reload. The clock and what `reload` refers to outlive it. State thread only.
class Administration {
public:
    using Reload = std::function<asio::awaitable<Answer>(Reloader::Wish wish)>;

    Administration(asio::any_io_executor executor, io::Clock& clock, config::AdministrationSettings settings,
                   std::shared_ptr<asio::ssl::context> tls, Reload reload);

    /// Who may look and who may change from the next request on; the listener and its TLS stay.
    void set_rights(const std::optional<config::AdministrationSettings>& settings);

    /// Opens the listener.
    void start();

    [[nodiscard]] const web::Counts& counts() const { return server_.counts(); }
    [[nodiscard]] web::Router& router() { return router_; }

private:
    enum class Right : std::uint8_t { none, look, change };

    [[nodiscard]] Right right_of(const web::Request& request) const;
    asio::awaitable<web::Answer> reload(web::Request request);

    config::AdministrationSettings settings_;
    Reload reload_;
    web::Router router_;
    web::Server server_;
};

} // namespace hinomi

#pragma once

#include "config/settings.hpp"
#include "daemon/engine.hpp"
#include "daemon/metrics.hpp"
#include "ledger/store.hpp"
#include "web/router.hpp"
#include "web/server.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hinomi {

/// What the outside sees of the daemon over HTTP: the read-only listener with `/metrics`, `/-/healthy` and `/-/ready`.
/// The engine, the clock and the settings' file outlive it. State thread only.
class WebFace {
public:
    struct Parts {
        asio::any_io_executor executor;
        io::Clock& clock;
        Engine& engine;
        std::function<std::optional<model::WallTime>()> last_backup = {};  ///< for a metric; may be empty
    };

    WebFace(Parts parts, const config::MetricsSettings& settings, std::string ledger_file, std::string version,
            std::string configuration_sha256);

    /// An event that the engine replays.
    void replayed(const model::Event& event) { metrics_.replayed(event); }

    /// After the replay, before the engine starts and the ledger's thread has the store.
    void start(ledger::Store& store);

    /// After a reload: other watches, services or tenants.
    void redeclare() { metrics_.redeclare(); }

    /// For further routes; before `start`.
    [[nodiscard]] web::Router& router() { return router_; }

    /// Counts of another listener, to be told with ours. What it refers to outlives this.
    void count_also(std::function<web::Counts()> beside) { beside_ = std::move(beside); }

    /// No longer ready; goes on answering until it is destroyed.
    void stopping();

private:
    void add_routes();
    asio::awaitable<void> look_at_records();
    [[nodiscard]] web::Counts counts() const;

    Parts parts_;
    config::MetricsSettings settings_;
    std::string ledger_file_;
    Metrics metrics_;
    web::Router router_;
    web::Server server_;
    std::function<web::Counts()> beside_;
    io::Alarm records_;
    bool ready_ = false;
};

} // namespace hinomi

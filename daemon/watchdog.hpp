#pragma once

#include "daemon/engine.hpp"
#include "io/clock.hpp"
#include "io/sleep.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace hinomi {

/// sd_notify(3): readiness, status, and the watchdog, which is fed only while the state thread
/// makes progress. Does nothing where there is no NOTIFY_SOCKET.
class Watchdog {
public:
    Watchdog(io::Clock& clock, const Engine& engine) : clock_(clock), engine_(engine), alarm_(clock) {}

    void ready(const std::string& status);
    void stopping();
    /// RELOADING=1 while a new configuration is read, then READY=1 again.
    void reloading(bool under_way);

    /// Feeds the watchdog at a third of its interval until `stop`. Returns at once where no watchdog is asked for.
    asio::awaitable<void> run();
    void stop();

private:
    [[nodiscard]] bool moved();

    io::Clock& clock_;
    const Engine& engine_;
    io::Alarm alarm_;
    std::uint64_t last_ = 0;
    model::Milliseconds last_moved_{0};
    bool stopping_ = false;
};

} // namespace hinomi

#pragma once

#include "daemon/engine.hpp"
#include "io/clock.hpp"
#include "io/sleep.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace hinomi {

/// Whether schedule, ledger, outbox and housekeeping make progress. A part is stuck when it has not turned, or has left
/// something undone, for longer than the patience; the send lane, when an attempt has no outcome after all its caps. State thread only.
class Pulse {
public:
    /// `patience`: how long a part may take; at least twice what a part turns in by itself, or a healthy one would seem stuck.
    explicit Pulse(model::Milliseconds patience);

    /// The names of the parts that are stuck, joined by commas; empty while all is well.
    [[nodiscard]] std::string stuck(const Progress& progress, model::Milliseconds now);

private:
    /// A counter that must move.
    struct Turns {
        std::uint64_t seen = 0;
        model::Milliseconds moved{-1};

        [[nodiscard]] model::Milliseconds still_for(std::uint64_t count, model::Milliseconds now);
    };

    model::Milliseconds patience_;
    Turns housekeeping_;
    Turns outbox_;
};

/// sd_notify(3): readiness, status, and the watchdog, which is fed only while every part makes progress, so that systemd
/// starts a daemon again that hangs. Does nothing where nobody listens. State thread only.
class Watchdog {
public:
    using Notify = std::function<void(const std::string& state)>;

    /// `interval`: what the service manager waits between two signs of life; zero: it wants none. All outlive the watchdog.
    Watchdog(io::Clock& clock, std::function<Progress()> progress, Notify notify, model::Milliseconds interval);

    void ready(const std::string& status) { notify_("READY=1\nSTATUS=" + status); }
    void stopping() { notify_("STOPPING=1"); }
    /// RELOADING=1 while a new configuration is read, then READY=1 again.
    void reloading(bool under_way) { notify_(under_way ? "RELOADING=1" : "READY=1"); }

    /// Feeds the watchdog at a third of its interval until `stop`. Returns at once where no watchdog is asked for.
    asio::awaitable<void> run();
    void stop();

private:
    io::Clock& clock_;
    std::function<Progress()> progress_;
    Notify notify_;
    model::Milliseconds interval_;
    Pulse pulse_;
    io::Alarm alarm_;
    bool stopping_ = false;
};

/// Tells the service manager through $NOTIFY_SOCKET; does nothing where there is none.
void notify_service_manager(const std::string& state);

/// What the service manager waits between two signs of life ($WATCHDOG_USEC); zero: it wants none.
model::Milliseconds watchdog_interval();

} // namespace hinomi

#include "daemon/watchdog.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <utility>

namespace hinomi {

void Watchdog::ready(const std::string& status) { sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }

void Watchdog::stopping() { sd_notify(0, "STOPPING=1"); }

void Watchdog::reloading(bool under_way) { sd_notify(0, under_way ? "RELOADING=1" : "READY=1"); }

void Watchdog::stop() {
    stopping_ = true;
    alarm_.ring();
}

bool Watchdog::moved() {
    // Every part runs on this one thread, and a part that dies ends the process. What is left is a thread that hangs:
    // then neither this runs nor the heartbeat. Housekeeping proves that timers still fire and the ledger takes records.
    const auto now = engine_.progress().housekeeping;
    return std::exchange(last_, now) != now;
}

asio::awaitable<void> Watchdog::run() {
    std::uint64_t interval_us = 0;
    if (sd_watchdog_enabled(0, &interval_us) <= 0) co_return;
    const model::Milliseconds interval{static_cast<std::int64_t>(interval_us / 1000)};
    last_moved_ = clock_.now().boot;
    while (!stopping_) {
        const auto now = clock_.now().boot;
        if (moved()) last_moved_ = now;
        if (now - last_moved_ < interval) sd_notify(0, "WATCHDOG=1");
        else spdlog::critical("no progress for {} ms: the watchdog is not fed", (now - last_moved_).count());
        co_await alarm_.wait_until(now + interval / 3);
    }
}

} // namespace hinomi

#include "daemon/watchdog.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <utility>

namespace hinomi {

namespace {

constexpr model::Milliseconds slowest_turn{5'000};  // of housekeeping and outbox when nothing is to be done

} // namespace

Pulse::Pulse(model::Milliseconds patience) : patience_(std::max(patience, 2 * slowest_turn)) {}

model::Milliseconds Pulse::Turns::still_for(std::uint64_t count, model::Milliseconds now) {
    if (moved < model::Milliseconds{0} || count != std::exchange(seen, count)) moved = now;
    return now - moved;
}

std::string Pulse::stuck(const Progress& progress, model::Milliseconds now) {
    std::string names;
    const auto look = [&](const char* name, bool stuck) {
        if (stuck) names += (names.empty() ? "" : ", ") + std::string(name);
    };
    look("schedule", progress.schedule_behind > patience_);
    look("ledger", progress.ledger_owed > patience_);
    look("outbox", outbox_.still_for(progress.outbox, now) > patience_);
    look("deliveries", progress.deliveries_overdue > model::Milliseconds{0});  // their caps are patience enough
    look("housekeeping", housekeeping_.still_for(progress.housekeeping, now) > patience_);
    return names;
}

Watchdog::Watchdog(io::Clock& clock, std::function<Progress()> progress, Notify notify, model::Milliseconds interval)
    : clock_(clock), progress_(std::move(progress)), notify_(std::move(notify)), interval_(interval), pulse_(interval), alarm_(clock) {}

void Watchdog::stop() {
    stopping_ = true;
    alarm_.ring();
}

asio::awaitable<void> Watchdog::run() {
    if (interval_ <= model::Milliseconds{0}) co_return;
    while (!stopping_) {
        const auto now = clock_.now().boot;
        if (const auto stuck = pulse_.stuck(progress_(), now); stuck.empty()) notify_("WATCHDOG=1");
        else spdlog::critical("no progress in: {}; the watchdog is not fed", stuck);
        co_await alarm_.wait_until(now + interval_ / 3);
    }
}

void notify_service_manager(const std::string& state) { sd_notify(0, state.c_str()); }

model::Milliseconds watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return model::Milliseconds{0};
    return model::Milliseconds{static_cast<std::int64_t>(microseconds / 1000)};
}

} // namespace hinomi

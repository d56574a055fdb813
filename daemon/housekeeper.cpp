#include "daemon/housekeeper.hpp"

#include "daemon/regular_maintenance.hpp"

#include "ledger/recovery.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace hinomi {

namespace {

constexpr model::Milliseconds recorded_step{1'000};      // semantics 1.2: steps over 1 s are recorded
constexpr model::Milliseconds doubtful_for{10 * 60'000};
constexpr model::Sequence events_per_snapshot = 10'000;
constexpr std::size_t overdue_listed = 100;

model::Milliseconds offset_of(const model::Instant& now) { return now.wall.time_since_epoch() - now.boot; }

} // namespace

Housekeeper::Housekeeper(Parts parts, model::Milliseconds heartbeat_every, model::Milliseconds former_watches_kept, RetentionPeriods kept)
    : parts_(std::move(parts)), every_(heartbeat_every), former_watches_kept_(former_watches_kept), retention_(kept, parts_.clock.now()),
      alarm_(parts_.clock), offset_(offset_of(parts_.clock.now())), month_(parts_.moments.month()) {}

void Housekeeper::resume(const model::Instant& last) {
    if (last.boot_id == parts_.clock.now().boot_id) offset_ = offset_of(last);
}

asio::awaitable<void> Housekeeper::run() {
    snapshot_upto_ = parts_.journal.last();
    while (!stopping_) {
        beat();
        co_await alarm_.wait_until(parts_.clock.now().boot + every_);
    }
}

void Housekeeper::stop() {
    stopping_ = true;
    alarm_.ring();
}

void Housekeeper::beat() {
    const auto now = parts_.clock.now();
    look_at_clock(now);
    auto [overdue, count] = parts_.watching.overdue(overdue_listed);
    const auto watches = static_cast<std::uint32_t>(parts_.watching.count());
    parts_.ledger.append(
        ledger::heartbeat_record({.at = now, .watches = watches, .current = watches - count, .overdue = std::move(overdue)}));
    if (const auto over = retention_.over(now)) parts_.ledger.erase(*over);
    forget_finished();
    forget_former_watches();
    declare_regular_maintenance();
    seal_month();
    if (parts_.journal.last() - snapshot_upto_ >= events_per_snapshot) snapshot();
    ++progress_;
}

void Housekeeper::look_at_clock(const model::Instant& now) {
    const auto step = offset_of(now) - offset_;
    if (std::abs(step.count()) <= recorded_step.count()) {
        // slow drift and slewing are no step: follow them, or they would add up to one
        offset_ += step;
        return;
    }
    offset_ += step;
    spdlog::warn("the wall clock was stepped by {} ms; deadlines are counted by the boot clock and do not move", step.count());
    parts_.moments.doubt_until(now.boot + doubtful_for);
    retention_.stepped(now);
    parts_.journal.append({model::ClockStepped{.step = step}});
}

void Housekeeper::forget_finished() {
    std::vector<std::string> before;
    for (const auto& [id, incident] : parts_.book.incidents) {
        if (!incident.open()) before.push_back(id);
    }
    // pages about no incident are forgotten too
    if (before.empty() && parts_.book.maintenances.empty() && parts_.book.notices.empty()) return;
    parts_.book.prune(parts_.clock.now(), parts_.directory.rules.relapse_within);
    std::erase_if(before, [this](const auto& id) { return parts_.book.incidents.contains(id); });
    if (!before.empty()) parts_.outbox.forget(before);
}

void Housekeeper::left(std::string watch) { former_watches_.emplace_back(parts_.clock.now().boot, std::move(watch)); }

void Housekeeper::forget_former_watches() {
    const auto now = parts_.clock.now().boot;
    while (!former_watches_.empty() && former_watches_.front().first + former_watches_kept_ <= now) {
        auto id = std::move(former_watches_.front().second);
        former_watches_.pop_front();
        // it may have come back; what its incident has to be ended for by a person is looked at again
        if (!parts_.watching.knows(id) && !parts_.book.forget_watch(id)) left(std::move(id));
    }
}

void Housekeeper::declare_regular_maintenance() {
    constexpr model::Milliseconds every{60'000};
    const auto now = parts_.clock.now().boot;
    if (now < next_windows_) return;
    next_windows_ = now + every;
    for (int most = 0; most < 100; ++most) {
        auto events = regular_maintenance(parts_.book, parts_.directory, parts_.moments.now());
        if (events.empty()) return;
        parts_.journal.append(std::move(events));
    }
    next_windows_ = now;  // there is more
}

void Housekeeper::seal_month() {
    auto month = parts_.moments.month();
    if (month == month_) return;
    parts_.journal.append({model::Sealed{.month = month_, .last = parts_.journal.last()}});
    month_ = std::move(month);
    snapshot();
}

void Housekeeper::snapshot() {
    snapshot_upto_ = parts_.journal.last();
    parts_.ledger.append(ledger::Snapshot{.upto = snapshot_upto_, .fold_version = fold_version, .live = parts_.book.live_events()});
}

} // namespace hinomi

#include "daemon/backup_watch.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace hinomi {

namespace {

constexpr model::Milliseconds between_looks{10 * 60'000};
constexpr model::Milliseconds settling{60 * 60'000};
constexpr int too_old = 2;  // times `every`: a timer may be late, and one that fails may succeed next time

} // namespace

BackupWatch::BackupWatch(Parts parts, model::WallTime since)
    : parts_(std::move(parts)), since_(since), settled_(parts_.clock.now().boot + settling), alarm_(parts_.clock) {}

asio::awaitable<void> BackupWatch::run() {
    while (true) {
        newest_ = co_await parts_.newest();
        judge();
        co_await alarm_.wait_until(parts_.clock.now().boot + between_looks);
    }
}

void BackupWatch::judge() {
    const auto now = parts_.clock.now();
    const auto every = parts_.every();
    if (now.wall - newest_.value_or(since_) <= too_old * every) {
        told_until_ = model::Milliseconds{0};
        return;
    }
    if (now.boot < settled_ || now.boot < told_until_) return;
    told_until_ = now.boot + every;
    spdlog::error("backup: the last good one is older than twice `backup.every`, or there is none; see `hinomi backup --list`");
    parts_.tell();
}

} // namespace hinomi

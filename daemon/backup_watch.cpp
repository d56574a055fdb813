#include "daemon/backup_watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hinomi {

namespace {

constexpr model::Milliseconds between_looks{10 * 60'000};
constexpr model::Milliseconds least_between_looks{1'000};
constexpr model::Milliseconds settling{60 * 60'000};
constexpr int too_old = 2;  // times `every`: a timer may be late, and one that fails may succeed next time

} // namespace

BackupWatch::BackupWatch(Parts parts, model::WallTime since)
    : parts_(std::move(parts)), since_(since), began_(parts_.clock.now().boot), alarm_(parts_.clock) {}

asio::awaitable<void> BackupWatch::run() {
    while (true) {
        newest_ = co_await parts_.newest();
        judge();
        co_await alarm_.wait_until(parts_.clock.now().boot + std::clamp(parts_.every(), least_between_looks, between_looks));
    }
}

void BackupWatch::judge() {
    const auto now = parts_.clock.now();
    const auto every = parts_.every();
    if (now.wall - newest_.value_or(since_) <= too_old * every) {
        told_until_ = model::Milliseconds{0};
        return;
    }
    if (now.boot < began_ + std::min(settling, every) || now.boot < told_until_) return;
    told_until_ = now.boot + every;
    spdlog::error("backup: the last good one is older than twice `backup.every`, or there is none; see `hinomi backup --list`");
    parts_.tell();
}

} // namespace hinomi

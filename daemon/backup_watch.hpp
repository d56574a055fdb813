#pragma once

#include "io/clock.hpp"
#include "io/sleep.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>

namespace hinomi {

namespace asio = boost::asio;

/// Knows when the last good backup was made, and tells on-call when that is too long ago: longer than twice `backup.every`, the first time
/// an hour after the start (a machine that was off makes its backup up for first; sooner where `every` is shorter), then again with each
/// further `every`. It looks at what lies in the backups' folder, not at what was said of it. State thread only.
class BackupWatch {
public:
    struct Parts {
        io::Clock& clock;
        /// The newest backup that is there; may take long, since it reads a disk.
        std::function<asio::awaitable<std::optional<model::WallTime>>()> newest;
        std::function<model::Milliseconds()> every;  ///< `backup.every`, also after a reload
        std::function<void()> tell;                  ///< on-call
    };

    /// `since`: without any backup the time counts from here; when the ledger began, or the process where that is not known.
    BackupWatch(Parts parts, model::WallTime since);

    /// Looks every ten minutes (more often where `every` is shorter), and when `look` asks for it, until it is cancelled.
    asio::awaitable<void> run();

    /// Something may have changed.
    void look() { alarm_.ring(); }

    [[nodiscard]] std::optional<model::WallTime> newest() const { return newest_; }

private:
    void judge();

    Parts parts_;
    model::WallTime since_;
    model::Milliseconds began_;                      ///< boot time
    model::Milliseconds told_until_{0};              ///< boot time until which on-call knows
    std::optional<model::WallTime> newest_;
    io::Alarm alarm_;
};

} // namespace hinomi

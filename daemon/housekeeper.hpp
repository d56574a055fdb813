#pragma once

#include "daemon/moment.hpp"
#include "daemon/recorder.hpp"
#include "daemon/retention.hpp"
#include "daemon/watching.hpp"
#include "ledger/ledger.hpp"
#include "model/directory.hpp"
#include "notifier/outbox.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <string>
#include <utility>

namespace hinomi {

/// Version of the folds: a snapshot of another version is ignored and the whole ledger replayed.
inline constexpr std::uint32_t fold_version = 2;

/// The regular small things: the fleet heartbeat every five seconds, steps of the wall clock, forgetting of finished
/// incidents, erasing of records that are over, snapshots, the monthly seal. State thread only.
class Housekeeper {
public:
    struct Parts {
        io::Clock& clock;
        incidents::Book& book;
        Recorder& journal;
        ledger::Ledger& ledger;
        Watching& watching;
        notifier::Outbox& outbox;
        Moments& moments;
        const model::Directory& directory;
    };

    /// `former_watches_kept`: for how long a watch that has left the configuration may come back as what it was.
    Housekeeper(Parts parts, model::Milliseconds heartbeat_every, model::Milliseconds former_watches_kept, RetentionPeriods kept);

    /// The directory is another one: its regular maintenance is declared, and what has left it cancelled, at once.
    void reloaded();

    void set_retention(RetentionPeriods kept) { retention_.set_periods(kept); }

    /// `last` is the last heartbeat of the run before: a step of the wall clock since then, within one boot, is seen at
    /// the first beat.
    void resume(const model::Instant& last);

    asio::awaitable<void> run();
    void stop();

    /// The watch is not in the configuration (any more).
    void left(std::string watch);

    void beat();
    void snapshot();

    [[nodiscard]] std::uint64_t progress() const { return progress_; }

private:
    void look_at_clock(const model::Instant& now);
    void forget_finished();
    void forget_former_watches();
    void declare_regular_maintenance();
    void seal_month();

    Parts parts_;
    model::Milliseconds every_;
    model::Milliseconds former_watches_kept_;
    Retention retention_;
    std::deque<std::pair<model::Milliseconds, std::string>> former_watches_;  // since when, in boot time
    io::Alarm alarm_;
    model::Milliseconds offset_{0};  // wall minus boot: changes by what the wall clock was stepped
    model::Milliseconds next_windows_{0};
    model::Sequence snapshot_upto_ = 0;
    std::string month_;
    std::uint64_t progress_ = 0;
    bool stopping_ = false;
};

} // namespace hinomi

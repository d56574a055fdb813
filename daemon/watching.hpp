#pragma once

#include "daemon/moment.hpp"
#include "daemon/recorder.hpp"
#include "daemon/references.hpp"
#include "daemon/schedule.hpp"
#include "daemon/statistics.hpp"
#include "incidents/judge.hpp"
#include "io/probe_lanes.hpp"
#include "io/sleep.hpp"
#include "ledger/ledger.hpp"
#include "model/directory.hpp"
#include "model/watch.hpp"
#include "probes/probe.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace hinomi {

/// A watch with its probe, as the configuration made it.
struct DeclaredWatch {
    model::Watch watch;
    std::shared_ptr<const probes::Probe> probe;
    std::uint64_t block_digest = 0;  ///< of the probe's settings: equal where a reload changed nothing
};

/// Figures of the schedule, for metrics, the heartbeat and the watchdog.
struct WatchingCounts {
    std::uint64_t attempts = 0;
    std::uint64_t failures = 0;
    std::uint64_t missed = 0;
    std::uint32_t under_way = 0;
    model::Milliseconds worst_late{0};
};

/// schedule -> Attempt -> observe -> judge -> advance -> journal. One coroutine per attempt under way, none per idle
/// watch. A probe never waits for another watch, a notice or the disk. State thread only.
class Watching {
public:
    /// What it stands on; all must outlive it.
    struct Parts {
        asio::any_io_executor executor;
        io::Clock& clock;
        io::ProbeLanes& lanes;
        References& references;
        incidents::Book& book;
        Recorder& journal;
        ledger::Ledger& ledger;
        Moments& moments;
        const model::Directory& directory;
    };
    /// Sees every observation with its verdict, after the events were appended.
    using Observer = std::function<void(const model::Watch&, const model::Observation&, const model::Verdict&)>;
    /// Sees every attempt as it starts.
    using StartObserver = std::function<void(const Start&)>;

    Watching(Parts parts, std::vector<DeclaredWatch> watches, ScheduleLimits limits);
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

    /// Takes up judging where the book says it stood, and declares every watch to the schedule.
    void resume();

    /// Takes over the watches of a new configuration, in one turn: watches of the same id keep phase and judging state, renamed
    /// ones their place in the schedule; attempts under way of those that changed or left are not samples any more.
    void replace(std::vector<DeclaredWatch> watches, ScheduleLimits limits);

    /// A person confirmed that the failures of these watches, which never passed, are real.
    void apply(const model::Event& event);

    /// Starts attempts as they fall due, until cancelled or `stop`.
    asio::awaitable<void> run();
    void stop();

    void observe(Observer observer) { observers_.push_back(std::move(observer)); }
    void observe_starts(StartObserver observer) { start_observers_.push_back(std::move(observer)); }

    [[nodiscard]] const WatchingCounts& counts() const { return counts_; }
    [[nodiscard]] bool knows(const std::string& id) const { return by_id_.contains(id); }
    /// Watches that are watched.
    [[nodiscard]] std::size_t count() const { return by_id_.size(); }
    /// Indices run from 0 to here; some may be vacant after a reload.
    [[nodiscard]] std::size_t size() const { return watches_.size(); }
    [[nodiscard]] bool vacant(std::size_t index) const { return watches_[index].probe == nullptr; }
    [[nodiscard]] const model::Watch& watch(std::size_t index) const { return watches_[index].watch; }
    [[nodiscard]] const DeclaredWatch& declared(std::size_t index) const { return watches_[index]; }
    [[nodiscard]] const incidents::WatchState& state(std::size_t index) const { return states_[index]; }
    /// For how long the schedule has left something undone (Schedule::behind).
    [[nodiscard]] model::Milliseconds behind() const { return schedule_.behind(parts_.clock.now().boot); }
    /// Ids of watches not probed within their interval limit, at most `limit`; and how many there are.
    [[nodiscard]] std::pair<std::vector<std::string>, std::uint32_t> overdue(std::size_t limit) const;

private:
    /// What a watch is found by is its id where it stands: none is kept twice.
    struct ById {
        using is_transparent = void;
        const std::vector<DeclaredWatch>& watches;

        [[nodiscard]] std::string_view id(std::string_view id) const noexcept { return id; }
        [[nodiscard]] std::string_view id(model::WatchIndex index) const noexcept { return watches[index].watch.id; }
        std::size_t operator()(const auto& key) const noexcept { return std::hash<std::string_view>{}(id(key)); }
        bool operator()(const auto& left, const auto& right) const noexcept { return id(left) == id(right); }
    };

    void start_due();
    asio::awaitable<void> attempt(Start start);
    void settle(const model::Attempt& attempt, std::uint32_t generation, model::Observation observation);
    void declare(DeclaredWatch declared, bool resumed);
    void rename(const model::Watch& watch);
    /// As the events tell of it.
    [[nodiscard]] incidents::WatchState known_state(const std::string& id) const;

    Parts parts_;
    std::vector<DeclaredWatch> watches_;
    std::vector<incidents::WatchState> states_;
    std::vector<std::uint32_t> generations_;   // of each index: attempts of an older one are not samples
    std::unordered_set<model::WatchIndex, ById, ById> by_id_{0, ById{watches_}, ById{watches_}};  // looked up only, never iterated
    Schedule schedule_;
    Statistics statistics_;
    io::Alarm alarm_;
    model::Milliseconds sleeping_until_{0};  ///< boot time that `run` waits for
    std::vector<Observer> observers_;
    std::vector<StartObserver> start_observers_;
    WatchingCounts counts_;
    bool stopping_ = false;
};

} // namespace hinomi

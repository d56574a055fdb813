#pragma once

#include "model/observation.hpp"
#include "model/time.hpp"
#include "model/verdict.hpp"
#include "model/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hinomi {

using model::Milliseconds;

struct ScheduleLimits {
    std::uint32_t in_flight = 256;       ///< attempts under way at a time
    std::uint32_t per_destination = 4;   ///< to one; one slot more is for confirmations, others for what may wait no longer
};

/// Watches fall due on this grid, so that one wake-up of the two threads serves all of a grid point.
constexpr Milliseconds phase_grid{5};

/// What an interval leaves of its limit at least (semantics 1.1): a watch that waits for a slot starts so long before its limit all the same.
constexpr Milliseconds lateness_allowance{1'000};

/// A stable point within the interval, on the grid: the same id has the same phase after every restart and reload, and ids
/// spread evenly, so there is no burst (design section 2).
Milliseconds phase_of(std::string_view watch_id, Milliseconds interval);

/// What starting an attempt showed about punctuality.
struct Start {
    model::Attempt attempt;
    Milliseconds late{0};  ///< start - due
    std::uint32_t missed = 0;  ///< whole intervals that passed without a start
    Milliseconds gap{0};  ///< since the previous start; 0 for the first
};

/// What a watch was left out of: the process did not come to it.
struct Missed {
    std::uint32_t count = 0;  ///< whole intervals that passed without a start
    Milliseconds gap{0};  ///< since the previous start; 0 when there was none
};

/// The heap of (due, watch), and the limits on what is under way at a time. Boot-clock times. Knows no clock itself.
class Schedule {
public:
    explicit Schedule(ScheduleLimits limits) : limits_(limits) {}

    /// Room for so many watches, so that very many take no more than they need.
    void reserve(std::size_t watches) { plans_.reserve(watches); }

    /// Declares the watch with a free index: one that was retired, or the next. Its first run is at its phase, or at once if
    /// `at_once` (a run of failures was open when the last process ended).
    model::WatchIndex add(const model::Watch& watch, Milliseconds now, bool at_once);

    /// The watch goes on with other settings. What was due stays due where it can; the gap never exceeds the new interval.
    void change(model::WatchIndex index, const model::Watch& watch, Milliseconds now);

    /// The watch is not started any more. Its index is free once its attempt under way has finished.
    void retire(model::WatchIndex index);

    void set_limits(ScheduleLimits limits) { limits_ = limits; }

    /// The next attempt that is due and has its slots, marked as under way; nothing when none can start now.
    std::optional<Start> take(Milliseconds now);

    /// The attempt of `watch` ended; plans its next run, unless it was retired meanwhile.
    void finished(model::WatchIndex watch, Milliseconds completed, model::Pace pace, Milliseconds pace_after);

    /// When `take` may next yield something, if no attempt ends before.
    [[nodiscard]] Milliseconds next_due() const;

    [[nodiscard]] std::uint32_t under_way() const { return under_way_; }

    /// For how long something has been left undone: an attempt that is due and has its slot has not been started, or one
    /// under way has not ended by its timeout. Zero while all is well. Looks at every watch.
    [[nodiscard]] Milliseconds behind(Milliseconds now) const;

    /// What the watch has missed so far: for the end, when no further start will tell of it.
    [[nodiscard]] std::optional<Missed> missed(model::WatchIndex watch, Milliseconds now) const;

    /// Watches whose last start lies further back than their interval limit.
    [[nodiscard]] bool overdue(model::WatchIndex watch, Milliseconds now) const;

private:
    /// Small: there may be 100,000 of them.
    struct Plan {
        model::ShortMilliseconds interval{0};
        model::ShortMilliseconds interval_limit{0};
        model::ShortMilliseconds timeout{0};
        model::ShortMilliseconds phase{0};
        Milliseconds due{0};
        Milliseconds started{-1};
        std::uint32_t destination = 0;
        std::uint32_t running_at = 0;  ///< destination of the attempt under way: `change` may have set another
        std::uint32_t waiting_at = 0;  ///< destination in whose line it is: likewise
        std::uint32_t booking = 0;  ///< of its entry in the heap: older entries are void
        bool confirmation = false;
        bool running = false;
        bool waiting = false;  ///< for a slot of its destination
        bool retired = false;
    };
    struct Destination {
        std::uint32_t under_way = 0;
        std::uint32_t confirmations = 0;  ///< of those under way
        std::deque<model::WatchIndex> waiting;  ///< for a slot of all
        std::deque<model::WatchIndex> confirming;  ///< for one of all, or the one that confirmations have to themselves
    };
    struct Entry {
        Milliseconds due;
        model::WatchIndex watch;
        std::uint32_t booking;
        friend bool operator>(const Entry& left, const Entry& right) {
            return left.due != right.due ? left.due > right.due : left.watch > right.watch;
        }
    };

    [[nodiscard]] Milliseconds phase_after(const Plan& plan, Milliseconds moment) const;
    [[nodiscard]] bool may_start(const Plan& plan) const;
    [[nodiscard]] bool has_slot(const Destination& destination, bool confirmation) const;
    /// From when its gap counts: its last start, or an interval before its first one is due.
    [[nodiscard]] static Milliseconds since(const Plan& plan);
    /// Since its last start; 0 when there was none.
    [[nodiscard]] static Milliseconds gap(const Plan& plan, Milliseconds now);
    [[nodiscard]] std::uint32_t destination_of(const model::Watch& watch);
    void book(model::WatchIndex watch);
    void drop_void_entries();
    void wait_for_slot(model::WatchIndex watch, bool in_front);
    /// Where the watch stands in line.
    [[nodiscard]] std::deque<model::WatchIndex>& line_of(const Plan& plan);
    /// Who was due first of those that a free slot is for goes next, so that failing watches do not hold up the others.
    void let_in(Destination& destination);
    Start start(model::WatchIndex watch, Milliseconds now);

    ScheduleLimits limits_;
    std::vector<Plan> plans_;
    std::vector<Destination> destinations_;
    std::unordered_map<std::string, std::uint32_t> destination_index_;  // looked up only, never iterated
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
    std::deque<model::WatchIndex> ready_;  // had to wait for a slot of its destination that has become free
    std::vector<model::WatchIndex> free_;  // retired, and nothing under way
    std::uint32_t under_way_ = 0;
    std::uint64_t attempts_ = 0;
};

}  // namespace hinomi

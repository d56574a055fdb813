#pragma once

#include "incidents/judge.hpp"
#include "model/event.hpp"

#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace incidents {

/// What the events say about one watch: enough to go on judging after a restart.
struct WatchFacts {
    bool verified = false;
    bool confirmed = false;
    model::WatchClass watch_class = model::WatchClass::liveness;
    model::Instant last_good;
    std::optional<FailingRun> run;
    std::optional<model::Instant> unknown_since;
    bool unknown_told = false;              ///< a blind incident was opened for this spell
    std::vector<model::Sequence> history;   ///< events a snapshot must keep
};

enum class EnvelopeState : std::uint8_t { pending, accepted, refused, undeliverable, superseded };

/// What the duties need to know of a notice on its way.
struct NoticeFacts {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    model::ContactPolicy policy = model::ContactPolicy::any;
    std::vector<model::DutyId> duties;
    std::vector<std::string> subjects;
    std::map<model::EnvelopeId, EnvelopeState> envelopes;
    std::vector<model::Sequence> history;
};

/// A point of the agenda: at `boot` somebody must look at `duty`.
using AgendaKey = std::pair<model::Milliseconds, model::DutyId>;

/// Duties that wait for one common notice.
struct GroupKey {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

/// What became of a duty by one event; for logs and metrics.
struct DutyTransition {
    model::DutyId duty;
    model::DutyState from = model::DutyState::armed;
    model::DutyState to = model::DutyState::armed;
};

/// The fold of all events about watches, incidents, duties and notices: the rules' whole memory. Deterministic;
/// events about subjects it does not know (snapshots keep only what is alive) are ignored. State thread only.
/// Finished incidents (restored for longer than a relapse can reach back, every duty settled) leave at `prune`.
class Book {
public:
    /// Applies one event; returns what it did to duties.
    std::vector<DutyTransition> apply(const model::Event& event);

    /// Forgets finished incidents with their duties and notices.
    void prune(const model::Instant& now, model::Milliseconds relapse_within);

    /// The sequences of the events that the present state came from: a snapshot is this list.
    [[nodiscard]] std::vector<model::Sequence> live_events() const;

    std::map<std::string, WatchFacts> watches;
    std::map<model::IncidentId, model::Incident> incidents;
    std::map<model::DutyId, model::Duty> duties;
    std::map<model::NoticeId, NoticeFacts> notices;
    std::set<AgendaKey> agenda;                                 ///< next risk mark, limit or re-check of each unsettled duty
    std::map<GroupKey, std::set<AgendaKey>> releases;           ///< duties not yet composed, by release time
    std::map<std::string, std::set<model::IncidentId>> of_service; ///< service -> incidents in memory
    std::map<std::string, std::uint32_t> numbers;               ///< date text -> highest incident number used
    model::Instant started;                                     ///< of the running process
    std::set<AgendaKey> unknown_spells;                         ///< (boot time at which the spell lasts too long, watch id)
};

/// The judging state of a watch whose events are `facts`.
WatchState resume(const WatchFacts& facts);

} // namespace incidents

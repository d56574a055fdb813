#pragma once

#include "daemon/engine.hpp"
#include "reports/intervals.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace notifier {
class Pending;
}

namespace simulation {

class Truth;

/// An invariant did not hold. The name is that of doc/guarantees.md.
class Violation : public std::runtime_error {
public:
    Violation(std::string invariant, const std::string& what) : std::runtime_error(invariant + ": " + what), name(std::move(invariant)) {}
    std::string name;
};

/// What the simulation knows of one duty from the events, apart from the product's own book.
struct DutyTruth {
    model::Duty armed;
    Milliseconds armed_at{0};      ///< true time
    std::uint32_t misses = 0;
    bool accepted = false;         ///< the events tell of an acceptance
    bool voided = false;
    bool bounced = false;          ///< an acceptance turned out to be worth nothing
    bool rehearsed = false;        ///< armed before the end of the rehearsal
    bool was_over = false;         ///< armed beyond its limit at the last sweep
    Milliseconds composed_at{0};   ///< true time of the latest notice that carries it
    Milliseconds least_remaining = Milliseconds::max();
    model::BootId seen_in_boot = 0; ///< when `least_remaining` was seen
    Milliseconds seen_at{0};        ///< true time of that
};

/// What the simulation knows of one watch from the events.
struct WatchTruth {
    bool verified = false;
    bool confirmed = false;
    std::optional<model::Instant> suspected;  ///< `detect` of the open run
};

/// Watches every event and every delivery and throws at the first thing that must not be (doc/guarantees.md). It believes
/// the receiving side and the events, never the product's own conclusions.
class Invariants {
public:
    Invariants(World& world, const Topology& topology);

    /// The topology is another one now.
    void configuration_changed();

    /// A life of the process begins with these durable events; what was applied but never durable is forgotten.
    /// `from_snapshot`: the engine replayed fewer events than there are.
    void life_began(const hinomi::Engine& engine, const std::vector<model::Event>& durable, bool from_snapshot);

    /// An event was appended and applied in the running life.
    void event(const model::Event& event);

    /// The sending of a message begins.
    void sending(const std::string& message_id);

    /// A target is about to be probed.
    void probing(Target& target);

    /// A sample was judged.
    void judged(const model::Watch& watch, const model::Observation& observation, const model::Verdict& verdict);

    /// After every turn of the loop.
    void turn();

    /// The first violation, if there was one: what is thrown through the engine may come out of it as something else.
    [[nodiscard]] const std::optional<Violation>& first() const { return violation_; }

    /// At the very end, after the liveness phase: `durable` is the whole ledger.
    void finish(const std::vector<model::Event>& durable, const Truth& truth);

private:
    struct Minted {
        model::Recipient recipient;
        model::Stage stage = model::Stage::first_alert;
        std::vector<model::DutyId> duties;
        std::vector<std::string> subjects;
        model::EnvelopeId envelope;
        model::ContactId contact;
        model::Sequence sequence = 0;
        bool refused = false;
        bool superseded = false;
        bool rehearsed = false;  ///< composed for a customer before the end of the rehearsal
    };
    /// Duties that must have been armed in the same turn.
    struct Owed {
        std::string invariant;
        model::IncidentId incident;
        model::Stage stage = model::Stage::first_alert;
        std::vector<std::string> tenants;
        std::optional<model::Instant> base;
    };

    /// Remembers the first violation, since the engine may catch what is thrown through it, and throws it.
    [[noreturn]] void violated(const std::string& invariant, const std::string& what) const;
    // What the events say (invariants_learning.cpp).
    void learn(const model::Event& event);
    void learn_of_duties(const model::Event& event);
    void learn_of_watches(const model::Event& event);
    void learn_of_pages(const model::Event& event);
    void learn(const model::NoticeComposed& composed, model::Sequence sequence);
    void learn(const model::Delivery& delivery);
    void owe(const model::Event& event);
    void owe_correction(const model::IncidentId& incident);
    void learn_of_people(const model::Event& event);
    [[nodiscard]] std::vector<std::string> users_of(const std::vector<std::string>& services) const;
    [[nodiscard]] std::vector<std::string> worse_off_by(const model::Incident& incident, const std::string& joining) const;
    [[nodiscard]] bool hidden(const std::string& tenant, const std::vector<std::string>& services) const;

    // What arrived (invariants_deliveries.cpp).
    void take_acceptances();
    void note_acceptance(std::size_t index);
    void check_order(const Minted& minted);
    void check_records();
    [[nodiscard]] Milliseconds usable_since(const DutyTruth& truth) const;
    [[nodiscard]] Milliseconds usable_since(const model::Contact& contact) const;
    [[nodiscard]] bool was_refused(const model::DutyId& duty, const model::ContactId& contact) const;
    [[nodiscard]] Milliseconds stall_slack(Milliseconds at) const;

    // Nobody sees another, and nobody is told twice (invariants_isolation.cpp).
    void remember_owners();
    void check_isolation(const Accepted& accepted, const Minted& minted) const;
    void check_addresses(const Accepted& accepted, const Minted& minted) const;
    void check_thread(const Accepted& accepted, const Minted& minted) const;
    void check_rehearsal(const Minted& minted) const;
    void check_told_once(const Accepted& accepted, const Minted& minted);
    void take_back(const model::Bounced& bounced);

    // Duties (invariants_duties.cpp).
    void check_miss(const model::DutyMissed& missed);
    void check_met(const model::Delivery& delivery);
    void check_owed();
    void check_remaining();
    void check_follow_ups() const;
    void check_hidden() const;
    void check_pages();
    void check_heard();

    // Watches (invariants_watches.cpp).
    void check_alarm(const model::Confirmed& confirmed) const;
    void check_gaps() const;
    void check_gap(const Target& target, const model::Watch& watch, Milliseconds since, bool same_interval) const;
    void check_unknown() const;
    void check_lasting_trouble() const;
    void check_membership() const;
    static constexpr Milliseconds cross_check_takes{3'000};  ///< asking the references about a silent target
    [[nodiscard]] Milliseconds slot_wait(const model::Watch& watch) const;
    void count_destinations();
    [[nodiscard]] static Milliseconds confirmation_takes(const model::Watch& watch);
    void check_renamed();
    void check_resumed();

    // Availability (invariants_availability.cpp).
    void check_availability(const std::vector<model::Event>& durable, const Truth& truth) const;
    void check_downtime(const std::string& service, const reports::IntervalSet& down, const reports::IntervalSet& not_up,
                        const Truth& truth) const;

    // The end of the run (invariants_end.cpp).
    void check_ends() const;
    void check_bounded() const;
    void check_current() const;

    // Every hour (invariants_memory.cpp).
    void look_every_hour();
    void check_hour_of_events();
    [[nodiscard]] std::set<std::string> what_is_over() const;

    // What a restart would find (invariants_replay.cpp).
    void check_replay(const std::vector<model::Event>& durable) const;
    void check_snapshot(const std::vector<model::Event>& durable) const;
    void check_same(const incidents::Book& whole, const incidents::Book& present) const;
    void check_same_outbox(const notifier::Pending& again, const std::string& source) const;

    void sweep();

    World& world_;
    const Topology& topology_;
    const hinomi::Engine* engine_ = nullptr;
    std::map<model::DutyId, DutyTruth> duties_;
    std::map<std::string, Minted> minted_;                        ///< by message id
    std::map<model::EnvelopeId, std::string> message_of_;
    std::map<std::string, std::vector<std::size_t>> acceptances_; ///< indices into world.accepted by message id
    std::map<std::string, std::uint32_t> recorded_;               ///< acceptances that the events tell of, by message id
    std::set<std::pair<model::IncidentId, std::string>> alerted_; ///< (incident, tenant) whose first alert has truly arrived
    std::map<model::ContactId, std::string> owner_of_;            ///< the tenant that each contact is or was of
    std::set<std::pair<model::DutyId, model::ContactId>> told_;   ///< who has truly accepted a notice for which duty
    std::vector<Owed> owed_;
    std::map<std::string, WatchTruth> watches_;
    std::map<std::string, std::uint32_t> sharing_;                ///< destination -> its watches
    std::set<std::string> once_absent_;  ///< watches that have been out of the configuration
    std::set<std::string> resumed_;  ///< watches whose open suspicion this life found and has not probed yet
    std::map<model::IncidentId, Milliseconds> on_call_pages_;  ///< incidents of which on-call has to hear, and since when
    std::map<std::string, model::Maintenance> windows_;           ///< declared, and not ended
    std::set<std::string> blind_set_aside_;                       ///< unknown watches whose blind incident a person declared void
    std::set<std::string> set_aside_;                             ///< confirmed watches whose incident a person declared void
    std::set<std::string> risks_;  ///< subjects at risk in this turn, not yet told to on-call
    std::set<std::string> misses_;  ///< subjects missed in this turn, not yet told to the manager
    bool rehearsing_ = false;       ///< no customer is told, by what is durable or was appended in this life
    bool on_call_has_to_hear_ = false;  ///< of hinomi itself: of something that happened to it in this turn
    bool names_changed_ = false;  ///< by the configuration of this turn
    std::vector<std::size_t> unrecorded_;  ///< acceptances of this turn
    std::set<std::string> outcome_unknown_;  ///< messages with an unknown outcome in this life
    mutable std::optional<Violation> violation_;
    bool remaining_looked_at_ = false;    ///< in this life
    Milliseconds lost_with_the_boot_{0};  ///< elapsed time that no durable heartbeat tells of
    std::size_t seen_acceptances_ = 0;
    Milliseconds next_sweep_{0};
    std::uint32_t quiet_events_ = 0;  ///< long after everything healed
    Milliseconds next_hour_{0};
    std::set<std::string> over_;      ///< at the last look, in this life
    std::uint64_t events_of_the_hour_ = 0;
    std::uint64_t sendings_before_ = 0;
    std::uint64_t uneven_visits_before_ = 0;
    std::uint64_t faults_before_the_hour_ = 0;
    std::uint64_t faults_before_the_last_hour_ = 0;
    Milliseconds window_{0};  ///< W of semantics 1.2, and the largest gap between rounds
};

} // namespace simulation

#pragma once

#include "daemon/engine.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace simulation {

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
    Milliseconds composed_at{0};   ///< true time of the latest notice that carries it
    Milliseconds least_remaining = Milliseconds::max();
    model::BootId seen_in_boot = 0; ///< when `least_remaining` was seen
};

/// Watches every event and every delivery and throws at the first thing that must not be (doc/guarantees.md). It believes
/// the receiving side and the events, never the product's own conclusions.
class Invariants {
public:
    Invariants(World& world, const Topology& topology);

    /// A life of the process begins with these durable events; what was applied but never durable is forgotten.
    void life_began(const hinomi::Engine& engine, const std::vector<model::Event>& durable);

    /// An event was appended and applied in the running life.
    void event(const model::Event& event);

    /// The sending of a message begins.
    void sending(const std::string& message_id);

    /// A target is about to be probed.
    void probing(Target& target);

    /// After every turn of the loop.
    void turn();

    /// At the very end, after the liveness phase: `durable` is the whole ledger.
    void finish(const std::vector<model::Event>& durable);

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
    };
    struct Owed {
        model::IncidentId incident;
        std::vector<std::string> tenants;
        model::Instant detect;
    };

    /// Remembers the first violation, since the engine may catch what is thrown through it, and throws it.
    [[noreturn]] void violated(const std::string& invariant, const std::string& what) const;
    void learn(const model::Event& event);
    void learn(const model::NoticeComposed& composed, model::Sequence sequence);
    void learn(const model::Delivery& delivery);
    void take_acceptances();
    void note_acceptance(std::size_t index);
    void check_isolation(const Accepted& accepted, const Minted& minted) const;
    void check_order(const Minted& minted);
    void check_miss(const model::DutyMissed& missed);
    void check_alarm(const model::Confirmed& confirmed) const;
    void sweep();
    void check_remaining();
    void check_unknown() const;
    void check_owed();
    [[nodiscard]] Milliseconds usable_since(const DutyTruth& truth) const;
    [[nodiscard]] Milliseconds usable_since(const model::Contact& contact) const;
    [[nodiscard]] bool was_refused(const model::DutyId& duty, const model::ContactId& contact) const;

    World& world_;
    const Topology& topology_;
    const hinomi::Engine* engine_ = nullptr;
    std::map<model::DutyId, DutyTruth> duties_;
    std::map<std::string, Minted> minted_;                        ///< by message id
    std::map<model::EnvelopeId, std::string> message_of_;
    std::map<std::string, std::vector<std::size_t>> acceptances_; ///< indices into world.accepted by message id
    std::map<std::string, std::uint32_t> recorded_;               ///< acceptances that the events tell of, by message id
    std::set<std::pair<model::IncidentId, std::string>> alerted_; ///< (incident, tenant) whose first alert has truly arrived
    std::vector<Owed> owed_;
    mutable std::optional<Violation> violation_;
    Milliseconds lost_with_the_boot_{0};                          ///< elapsed time that no durable heartbeat tells of
    std::size_t seen_acceptances_ = 0;
    Milliseconds next_sweep_{0};
    Milliseconds window_{0};                                      ///< W of semantics 1.2, and the largest gap between rounds
};

} // namespace simulation

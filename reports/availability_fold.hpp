#pragma once

#include "model/boxed.hpp"
#include "model/directory.hpp"
#include "model/event.hpp"
#include "model/shared.hpp"
#include "model/watch.hpp"
#include "reports/availability.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reports {

/// The fold of events into outages, unknown time and maintenance, per service (semantics 2). Pure: no clock, no effects.
///
/// Down: the confirmed failures of liveness and fault watches, from the first failing sample to the first of the passes
/// that ended them; and what people opened by hand. Failures of performance are none, and an incident that was voided
/// takes its outages with it.
/// Unknown: before any critical watch of the service has passed for the first time; while one could not be judged, or
/// failed without ever having passed; beyond two intervals of a gap between probes; while hinomi was not running, and
/// for an interval more where that took longer than one. Events do not tell when the first probe after a start was: what
/// they leave open is unknown, never up.
///
/// It may begin in the middle of a history: an end without a beginning began before (`Interval::always`), and
/// `seen_before` tells of what lies further back.
class AvailabilityFold {
public:
    /// What the configuration says now. A watch that it no longer has keeps its outages, under its incidents' services.
    void declare(const std::vector<const model::Watch*>& watches, const model::Directory& directory);

    void apply(const model::Event& event);

    /// False for kinds of events, by the ledger's names, that `apply` would ignore now.
    [[nodiscard]] bool wants(std::string_view kind) const;

    /// The watch had passed before the events that `apply` sees; it is failing since then, if so; and unknown since then.
    void seen_before(const std::string& watch, std::optional<model::WallTime> failing_since, std::optional<model::WallTime> unknown_since);

    /// Drops what ended before: nobody will ask for it again.
    void forget_before(model::WallTime time);

    /// The figures of one service within `hours`, for one of its tenants.
    [[nodiscard]] Availability measure(const std::string& service, const std::string& tenant, const IntervalSet& hours) const;
    /// The same for the provider as a whole: those of the tenant who fares worst.
    [[nodiscard]] Availability measure(const std::string& service, const IntervalSet& hours) const;

    [[nodiscard]] const IntervalSet& down(const std::string& service) const;
    [[nodiscard]] const IntervalSet& unknown(const std::string& service) const;
    [[nodiscard]] IntervalSet maintenance(const std::string& service, const std::string& tenant) const;

private:
    /// What a confirmed failure counts as.
    enum class Failure : std::uint8_t {
        outage,
        unverified,  ///< the watch had never passed: unknown
        voided,      ///< nothing
    };
    /// What few of very many watches have.
    struct Trouble {
        std::optional<model::WallTime> failing_since;   ///< confirmed
        std::optional<model::WallTime> unknown_since;
        Failure failure = Failure::outage;
        model::IncidentId incident;                     ///< that the failure belongs to

        friend bool operator==(const Trouble&, const Trouble&) = default;
    };
    struct WatchFacts {
        model::Shared<std::vector<std::string>> services;
        std::optional<model::WallTime> passed;          ///< for the first time
        model::ShortMilliseconds interval{0};           ///< 0: not declared
        bool critical = false;                          ///< liveness or fault

        /// Neither fails nor is unknown.
        [[nodiscard]] bool is_well() const;
        [[nodiscard]] const Trouble& trouble() const;
        /// To be changed, and dropped where nothing is left of it.
        Trouble& in_trouble();
        void drop_trouble_that_is_over();

    private:
        model::Boxed<Trouble> trouble_;
    };
    struct Outage {
        Interval interval;
        model::IncidentId incident;
    };
    struct HandOpened {
        model::WallTime from;
        std::vector<std::string> services;
    };
    struct Window {
        model::Maintenance maintenance;
        std::map<std::string, model::WallTime> announced;  ///< tenant -> when it was accepted
        bool cancelled = false;                            ///< before it began
    };
    /// One service. The sets are put together when they are asked for, and forgotten with every change.
    struct Sheet {
        std::optional<model::WallTime> first_pass;
        std::set<model::Milliseconds> intervals;           ///< of its critical watches
        std::vector<Outage> outages;                       ///< that have ended
        IntervalSet spells;                                ///< unknown time that has ended
        std::set<std::string> open;                        ///< watches that fail or are unknown
        std::set<model::IncidentId> by_hand;               ///< open, told by people
        mutable std::optional<IntervalSet> down;
        mutable std::optional<IntervalSet> unknown;
    };

    template <typename Ignored> void fold(const model::Event&, const Ignored&) {}
    void fold(const model::Event& event, const model::Started& payload);
    void fold(const model::Event& event, const model::Stopped& payload);
    void fold(const model::Event& event, const model::Verified& payload);
    void fold(const model::Event& event, const model::Confirmed& payload);
    void fold(const model::Event& event, const model::Recovered& payload);
    void fold(const model::Event& event, const model::UnknownBegan& payload);
    void fold(const model::Event& event, const model::UnknownEnded& payload);
    void fold(const model::Event& event, const model::RunsMissed& payload);
    void fold(const model::Event& event, const model::Opened& payload);
    void fold(const model::Event& event, const model::Joined& payload);
    void fold(const model::Event& event, const model::Relapsed& payload);
    void fold(const model::Event& event, const model::Eased& payload);
    void fold(const model::Event& event, const model::Restored& payload);
    void fold(const model::Event& event, const model::Voided& payload);
    void fold(const model::Event& event, const model::MaintenanceDeclared& payload);
    void fold(const model::Event& event, const model::MaintenanceCancelled& payload);
    void fold(const model::Event& event, const model::NoticeComposed& payload);
    void fold(const model::Event& event, const model::DeliveryRecorded& payload);
    void fold(const model::Event& event, const model::WentLive& payload);

    void join(const model::IncidentId& incident, const std::string& watch, const model::Member& member);
    void end_failure(const std::string& watch, WatchFacts& facts, model::WallTime at);
    void end_unknown(const std::string& watch, WatchFacts& facts, model::WallTime at);
    void end_by_hand(const model::IncidentId& incident, model::WallTime at);
    void add_unknown(const std::vector<std::string>& services, Interval interval);
    void first_pass(const WatchFacts& facts, model::WallTime at);
    void touch(const std::vector<std::string>& services);
    void list_as_open(const std::string& watch, const WatchFacts& facts);
    void strike_if_well(const std::string& watch, const WatchFacts& facts, const std::vector<std::string>& services);
    [[nodiscard]] bool applies(const Window& window, const std::string& service, const std::string& tenant) const;
    [[nodiscard]] const std::vector<std::string>& services_of(const WatchFacts& facts) const;
    [[nodiscard]] IntervalSet put_down_together(const Sheet& sheet) const;
    [[nodiscard]] IntervalSet put_unknown_together(const Sheet& sheet) const;

    std::map<std::string, WatchFacts> watches_;
    std::map<std::string, Sheet> sheets_;
    std::map<std::string, std::vector<std::string>> tenants_of_;
    std::map<model::IncidentId, HandOpened> by_hand_;      ///< open, told by people
    std::map<model::IncidentId, std::vector<std::string>> incident_services_;
    std::map<std::string, Window> windows_;
    std::map<model::EnvelopeId, std::vector<std::pair<std::string, std::string>>> announcements_;  ///< (maintenance, tenant)
    std::optional<model::WallTime> stopped_;               ///< in an orderly way, and not started since
};

} // namespace reports

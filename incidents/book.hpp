#pragma once

#include "incidents/judge.hpp"
#include "incidents/numbering.hpp"
#include "model/event.hpp"

#include <compare>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace incidents {

/// What the events say about one watch: enough to go on judging after a restart. Small: there may be 100,000 of them.
struct WatchFacts {
    bool verified = false;
    bool confirmed = false;
    model::WatchClass watch_class = model::WatchClass::liveness; ///< while a run or an unknown spell is open
    model::Instant last_good;               ///< as far as events tell
    /// A run of failing samples that is still open.
    struct Run : FailingRun {
        model::Deadline clock;              ///< counts since `detect`, over boots too; no limit of its own
        model::Sequence suspected_by = 0;   ///< the events that it came from; 0: none
        model::Sequence confirmed_by = 0;
    };
    model::Boxed<Run> run;

    /// A time of which nothing is known, still going on.
    struct UnknownSpell {
        model::Instant since;
        model::Deadline clock;              ///< counts since then; its limit is the class's interval limit
        bool told = false;                  ///< a blind incident speaks of it
        model::Sequence began_by = 0;       ///< the event that it came from
    };
    model::Boxed<UnknownSpell> unknown;

    model::Sequence verified_by = 0;        ///< the events that these facts came from; 0: none
    model::Sequence last_good_by = 0;
};

enum class EnvelopeState : std::uint8_t { pending, accepted, refused, undeliverable, superseded };

/// Whom an envelope went to, and under which message id: to know a bounce when it comes back.
struct EnvelopeIdentity {
    model::ContactId contact;
    std::string message_id;
};

/// A declared maintenance, as far as it has come.
struct MaintenanceFacts {
    model::Maintenance maintenance;         ///< `end` is earlier than declared once it was cancelled
    model::WallTime declared_end;           ///< what was announced
    bool cancelled = false;
    bool ended = false;
    bool only_its_number = false;           ///< over, and its duties are forgotten: it is kept so that its number is not given again
    std::vector<model::Sequence> history;
};

/// What the duties need to know of a notice on its way.
struct NoticeFacts {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    model::ContactPolicy policy = model::ContactPolicy::any;
    std::vector<model::DutyId> duties;
    std::vector<std::string> subjects;
    std::set<std::string> kept_for;                         ///< its subjects, and those of what it superseded
    std::set<model::DutyId> voided;                         ///< those of its duties that are void
    std::map<model::EnvelopeId, EnvelopeState> envelopes;
    std::map<model::EnvelopeId, EnvelopeIdentity> identities;
    std::map<model::EnvelopeId, model::Sequence> attempts;  ///< the last event about each envelope that was tried
    std::vector<model::Sequence> history;                   ///< its own event, and each that settled an envelope or voided a duty
    bool rehearsed = false;                                 ///< a customer's, composed before `hinomi go-live`: it never saw it

    /// Nothing more is sent for it.
    [[nodiscard]] bool finished() const;
    /// Some envelope may still be accepted.
    [[nodiscard]] bool hopeful() const;
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

    /// The incident is over and its duties are forgotten, here or by the snapshot that this book was read from; only its
    /// number is still needed.
    [[nodiscard]] bool only_its_number(const model::Incident& incident) const;

    /// Forgets finished incidents with their duties and notices. Those that hold the last number of
    /// the latest date and the highest number of any stay, without duties: the next one is counted from them. Maintenances likewise.
    void prune(const model::Instant& now, model::Milliseconds relapse_within);

    /// Forgets what is known of a watch that has left the configuration. False: it is still spoken of.
    bool forget_watch(const std::string& id);

    /// The sequences of the events that the present state came from: a snapshot is this list. Sorted.
    [[nodiscard]] std::vector<model::Sequence> live_events() const;

    /// Unsettled, composed, and no envelope of any notice that carries it can still be accepted.
    [[nodiscard]] bool hopeless(const model::Duty& duty) const;

    /// The notices that carry the duty, oldest first.
    [[nodiscard]] const std::vector<model::NoticeId>& carriers(const model::DutyId& duty) const;

    /// Open incidents of which the watch is a member.
    [[nodiscard]] const std::set<model::IncidentId>& member_of(const std::string& watch) const;

    /// Notices (pages apart) that this recipient was composed about the incident: the next one is 第(n + 1)報.
    [[nodiscard]] std::uint32_t reports_to(const model::IncidentId& incident, const model::Recipient& recipient) const;

    /// Contacts whose relay accepted a notice for each of the duties that came back later: nobody is reached there. One that came
    /// back for some of them only may be the one way left for the others.
    [[nodiscard]] std::set<model::ContactId> bounced_contacts(const std::vector<model::DutyId>& of_each) const;

    /// The envelope that went out under this message id, if it is still remembered.
    [[nodiscard]] std::optional<model::EnvelopeId> envelope_of_message(const std::string& message_id) const;

    std::map<std::string, MaintenanceFacts> maintenances;       ///< by id: to come, going on, or ended within two days
    bool went_live = false;                                     ///< `hinomi go-live` was given: rehearsal is over for good
    std::map<std::string, WatchFacts> watches;
    std::map<model::IncidentId, model::Incident> incidents;
    std::map<model::DutyId, model::Duty> duties;
    std::map<model::NoticeId, NoticeFacts> notices;
    std::set<AgendaKey> agenda;                                 ///< next risk mark, limit or re-check of each unsettled duty
    std::map<GroupKey, std::set<AgendaKey>> releases;           ///< duties not yet composed, by release time
    std::set<std::pair<model::Milliseconds, GroupKey>> next_releases; ///< the earliest of each group
    std::map<std::string, std::set<model::IncidentId>> of_service; ///< service -> customers' incidents in memory
    NumberSeries incident_numbers{"INC"};
    NumberSeries maintenance_numbers{"MNT"};
    model::Instant started;                                     ///< of the running process
    std::set<AgendaKey> unknown_spells;                         ///< (boot time at which the spell lasts too long, watch id)
    model::IncidentId blind;                                    ///< the open blind incident, or empty
    std::set<AgendaKey> pages;                                  ///< (boot time of the event, on-call-only incident to be told)

private:
    struct Booking {
        std::optional<model::Milliseconds> look;
        std::optional<model::Milliseconds> release;
    };
    using Transitions = std::vector<DutyTransition>;

    template <typename Ignored> void fold(const model::Event&, const Ignored&, Transitions&) {}
    void fold(const model::Event& event, const model::Started& payload, Transitions&);
    void fold(const model::Event& event, const model::ClockStepped& payload, Transitions&);
    void fold(const model::Event& event, const model::Suspected& payload, Transitions&);
    void fold(const model::Event& event, const model::Cleared& payload, Transitions&);
    void fold(const model::Event& event, const model::Confirmed& payload, Transitions&);
    void fold(const model::Event& event, const model::Recovered& payload, Transitions&);
    void fold(const model::Event& event, const model::Verified& payload, Transitions&);
    void fold(const model::Event& event, const model::UnknownBegan& payload, Transitions&);
    void fold(const model::Event& event, const model::UnknownEnded& payload, Transitions&);
    void fold(const model::Event& event, const model::Opened& payload, Transitions&);
    void fold(const model::Event& event, const model::Joined& payload, Transitions&);
    void fold(const model::Event& event, const model::Worsened& payload, Transitions&);
    void fold(const model::Event& event, const model::Eased& payload, Transitions&);
    void fold(const model::Event& event, const model::Relapsed& payload, Transitions&);
    void fold(const model::Event& event, const model::Restored& payload, Transitions&);
    void fold(const model::Event& event, const model::DutiesArmed& payload, Transitions&);
    void fold(const model::Event& event, const model::DutyAtRisk& payload, Transitions&);
    void fold(const model::Event& event, const model::DutyMissed& payload, Transitions& transitions);
    void fold(const model::Event& event, const model::DutyVoided& payload, Transitions& transitions);
    void fold(const model::Event& event, const model::DutySettled& payload, Transitions&);
    void fold(const model::Event& event, const model::NoticeComposed& payload, Transitions&);
    void fold(const model::Event& event, const model::DeliveryRecorded& payload, Transitions& transitions);

    void fold(const model::Event& event, const model::Voided& payload, Transitions&);
    void fold(const model::Event& event, const model::Acknowledged& payload, Transitions&);
    void fold(const model::Event& event, const model::Noted& payload, Transitions&);
    void fold(const model::Event& event, const model::MaintenanceDeclared& payload, Transitions&);
    void fold(const model::Event& event, const model::MaintenanceCancelled& payload, Transitions&);
    void fold(const model::Event& event, const model::MaintenanceEnded& payload, Transitions&);
    void fold(const model::Event& event, const model::Uncovered& payload, Transitions&);
    void fold(const model::Event& event, const model::WentLive& payload, Transitions&);
    void fold(const model::Event& event, const model::Bounced& payload, Transitions& transitions);

    [[nodiscard]] bool knows_subject(const std::string& subject) const;
    [[nodiscard]] bool has_duties(const std::string& subject) const;
    /// No notice about the subject is on its way any more.
    [[nodiscard]] bool told_of(const std::string& subject) const;
    void bounce(model::Duty& duty, const model::Instant& at, Transitions& transitions);
    void end_membership(model::Incident& incident);
    void prune_maintenances(const model::Instant& now);
    model::Incident* touch(const model::IncidentId& id, model::Sequence sequence);
    model::Duty* touch_duty(const model::DutyId& id, model::Sequence sequence);
    void move(model::Duty& duty, model::DutyState to, Transitions& transitions);
    void accept(NoticeFacts& notice, const model::Instant& at, Transitions& transitions);
    void supersede(const std::vector<model::EnvelopeId>& envelopes);
    static void owes_no_more(NoticeFacts& notice, const model::DutyId& duty, model::Sequence sequence);
    void keep(const model::NoticeId& id, NoticeFacts& facts, const std::vector<model::EnvelopeId>& superseded);
    /// Brings agenda and releases up to date with what the duty has become.
    void refresh(const model::Duty& duty);
    void book_release(const model::Duty& duty, std::optional<model::Milliseconds> from, std::optional<model::Milliseconds> to);
    void end_run(WatchFacts& facts, const model::Instant& last_good, model::Sequence sequence);
    void end_unknown(const std::string& watch, WatchFacts& facts);
    void drop_if_empty(const std::string& watch);
    void add_member(model::Incident& incident, const std::string& watch, const model::Member& member);
    void count_page(model::Incident& incident, const model::Instant& at);
    void refresh_page(const model::Incident& incident, const model::Instant& at);
    void drop_stale_pages();
    void adjust_clocks(const std::function<void(model::Deadline&)>& adjust);
    /// A later notice of its incident will carry the duty: the recovery takes over a first alert that everybody refused.
    [[nodiscard]] bool more_to_come(const model::Duty& duty) const;
    [[nodiscard]] bool forgettable(const model::Incident& incident, const model::Instant& now, model::Milliseconds relapse_within) const;
    void forget_duties(const model::IncidentId& id);
    void forget_notices(const model::IncidentId& id);
    void forget_incident(const model::IncidentId& id);
    [[nodiscard]] model::Sequence oldest_clock() const;

    std::map<model::DutyId, Booking> bookings_;
    std::map<model::IncidentId, std::uint32_t> unsettled_;            ///< duties not yet settled
    std::map<model::IncidentId, std::vector<model::Sequence>> duty_history_;
    std::map<model::DutyId, std::vector<model::NoticeId>> carriers_;
    std::map<model::EnvelopeId, model::NoticeId> notice_of_;
    std::map<model::IncidentId, std::vector<model::NoticeId>> notices_about_;
    std::map<model::IncidentId, std::map<model::Recipient, std::uint32_t>> reports_;
    std::map<model::IncidentId, model::Instant> page_at_;
    std::set<model::NoticeId> about_nothing_;                         ///< pages without an incident
    std::map<std::string, std::set<model::IncidentId>> member_of_;
    std::set<model::IncidentId> number_keepers_;                      ///< kept for their number only
    std::vector<model::Sequence> clock_events_;                       ///< starts and steps of the clock, ascending
    std::map<model::DutyId, std::set<model::ContactId>> bounced_;
    model::Sequence started_by_ = 0;
    model::Sequence live_by_ = 0;
};

/// The judging state of a watch whose events are `facts`.
WatchState resume(const WatchFacts& facts);

/// How long a spell of unknown may last before it is an incident (semantics 1.1: the class's interval limit).
model::Milliseconds interval_limit_of(model::WatchClass watch_class);

} // namespace incidents

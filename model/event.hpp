#pragma once

#include "model/duty.hpp"
#include "model/incident.hpp"
#include "model/maintenance.hpp"
#include "model/notice.hpp"
#include "model/observation.hpp"
#include "model/time.hpp"
#include "model/watch.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

/// Everything that the ledger's chain can hold. A struct here is one event's payload; `Event` adds the header.
/// Payloads hold contact ids, never addresses, and everything a fold needs: replay does not consult the configuration.
namespace model {

using Sequence = std::uint64_t;

/// How long a record is kept (III.2.1.3 a, b). `permanent` is for seals and the ledger's own life.
enum class RetentionClass : std::uint8_t { usage = 1, exception = 2, permanent = 3 };

// --- the daemon's own life
struct Started {
    std::string version;
    bool after_crash = false;           ///< the last run wrote no `Stopped`: attempts in flight are unknown
    Instant last_heartbeat;             ///< of the previous run; zero on the first start
};
struct Stopped {
    std::string reason;
};
struct ConfigurationLoaded {
    std::string sha256;
    std::uint32_t watches = 0;
    std::uint32_t tenants = 0;
};
struct ClockStepped {
    Milliseconds step{0};               ///< wall clock minus boot clock moved by this much; positive: forward
};
struct LedgerUndurable {
    std::string cause;
};
struct LedgerDurable {
    std::uint32_t queued = 0;           ///< events that waited in memory
    std::uint32_t lost = 0;             ///< records dropped because the queue was full
};
struct Sealed {                         ///< its own header holds the hash of the header before it: the chain is the signature
    std::string month;                  ///< 2026-11
    Sequence last = 0;                  ///< the last event of that month
};

// --- watches
struct Suspected {
    std::string watch;
    WatchClass watch_class = WatchClass::liveness;
    Reason reason = Reason::none;
    Instant last_good;
    Instant first_bad;
    Instant detect;
    std::string detail;
};
struct Cleared {                        ///< 瞬断
    std::string watch;
    Instant first_bad;
    Instant cleared;
};
struct Confirmed {
    std::string watch;
    WatchClass watch_class = WatchClass::liveness;
    Reason reason = Reason::none;
    bool cross_checked = true;
    bool verified = true;
    Instant first_bad;
    Instant detect;
    Instant confirm;
};
struct Recovered {
    std::string watch;
    Instant restore;
    Instant recover_confirm;
};
struct Verified {
    std::string watch;
    Instant at;
    bool by_person = false;             ///< somebody confirmed its failures instead: it has not passed
};
struct UnknownBegan {
    std::string watch;
    WatchClass watch_class = WatchClass::liveness;
    Instant since;
};
struct UnknownEnded {
    std::string watch;
    Instant at;
};
struct RunsMissed {
    std::string watch;
    std::uint32_t count = 0;
    Milliseconds gap{0};                ///< between completed probe starts
};

// --- incidents
struct Opened {
    Incident incident;                  ///< `members` holds the first one; `history` is empty
};
struct Joined {                         ///< another watch turned bad; `services` and `tenants` are only the added ones
    IncidentId incident;
    std::string watch;
    Member member;
    std::vector<std::string> services;
    std::vector<std::string> tenants;
};
struct Worsened {                       ///< owes `tenants` a new first alert from `detect`
    IncidentId incident;
    Severity severity = Severity::stop;
    Instant detect;
    std::vector<std::string> tenants;
};
struct Eased {
    IncidentId incident;
    std::string watch;                  ///< the member that recovered
    Severity severity = Severity::stop; ///< of the worst one left
};
struct Relapsed {                       ///< within 10 min of `restore`: reopens; owes `tenants` a new first alert
    IncidentId incident;
    std::string watch;
    Member member;
    std::vector<std::string> tenants;
};
struct Restored {
    IncidentId incident;
    Instant restore;
    Instant recover_confirm;
    std::vector<std::string> tenants;
};

struct Voided {                         ///< opened in error, with evidence: over, and whoever was told gets a correction
    IncidentId incident;
    std::string reason;
    Instant at;
};
struct Acknowledged {                   ///< stops pages to on-call about it; never a customer's stage
    IncidentId incident;
};
struct Noted {                          ///< what a person knows: see incidents/commands.hpp for the fields' names
    IncidentId incident;
    std::map<std::string, std::string> fields;
    bool release = false;               ///< the waiting follow-up goes out now, instead of by itself at 75 % of its limit
};

// --- maintenance
struct MaintenanceDeclared {
    Maintenance maintenance;
};
struct MaintenanceCancelled {
    std::string id;
    std::string reason;
    Instant at;
};
struct MaintenanceEnded {               ///< its end has come, or it was cancelled after its start
    std::string id;
};
struct Uncovered {                      ///< `tenants` are new, or maintenance hid it until now: their clocks start at `detect`
    IncidentId incident;
    Instant detect;
    std::vector<std::string> tenants;
};

// --- people
struct Commanded {                      ///< every command that changes something, just before what it changed
    std::string actor;                  ///< user name, or the certificate's subject
    std::string origin;                 ///< control socket with pid, or address
    std::string verb;                   ///< `incident ack`
    std::vector<std::string> subjects;  ///< what it was about
    std::string reason;
};
struct WentLive {};                     ///< rehearsal is over for good
struct ReloadRejected {
    std::string reason;
};
struct Bounced {                        ///< a DSN came back for an accepted envelope
    EnvelopeId envelope;
    std::string diagnostic;
    Instant at;
};

// --- duties
struct DutiesArmed {
    std::vector<Duty> duties;
};
struct DutyAtRisk {
    DutyId duty;
    std::uint32_t percent = 0;
};
struct DutyMissed {                     ///< the one breach record
    DutyId duty;
    std::string cause;
    Milliseconds elapsed{0};
};
struct DutyVoided {
    DutyId duty;
    std::string reason;
};
struct DutySettled {                    ///< terminal: met or late and closed, or missed after the last attempt
    DutyId duty;
};

// --- notices
struct NoticeComposed {
    Notice notice;
};
struct DeliveryRecorded {
    Delivery delivery;
};

using PayloadKinds = std::variant<Started, Stopped, ConfigurationLoaded, ClockStepped, LedgerUndurable, LedgerDurable, Sealed, Suspected,
                                  Cleared, Confirmed, Recovered, Verified, UnknownBegan, UnknownEnded, RunsMissed, Opened, Joined, Worsened,
                                  Eased, Relapsed, Restored, DutiesArmed, DutyAtRisk, DutyMissed, DutyVoided, DutySettled, NoticeComposed,
                                  DeliveryRecorded, Voided, Acknowledged, Noted, MaintenanceDeclared, MaintenanceCancelled,
                                  MaintenanceEnded, Uncovered, Commanded, WentLive, ReloadRejected, Bounced>;

/// One of them. Copies, moves and ends in one place (event.cpp): what a compiler makes of it for forty kinds is not made in every file.
struct Payload : PayloadKinds {
    using PayloadKinds::variant;
    Payload(const Payload& other);
    Payload(Payload&& other) noexcept;
    Payload& operator=(const Payload& other);
    Payload& operator=(Payload&& other) noexcept;
    ~Payload();
};

using Digest = std::array<std::uint8_t, 32>;
using Salt = std::array<std::uint8_t, 16>;

/// One event as the folds see it. The ledger adds digest, salt and the hash of the previous header when it writes.
struct Event {
    Sequence sequence = 0;
    Instant time;
    Payload payload;
};

} // namespace model

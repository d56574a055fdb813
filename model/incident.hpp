#pragma once

#include "model/observation.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace model {

/// Also the `severity` label of the metrics. Ordered: a larger value among the first three is worse.
enum class Severity : std::uint8_t { performance = 1, fault = 2, stop = 3, line = 4, blind = 5 };

/// Whom an incident is for. Only `customer` incidents owe tenants anything.
enum class IncidentKind : std::uint8_t {
    customer,
    unverified, ///< of a watch that never passed: on-call only
    blind,      ///< unknown for longer than the class's interval limit: on-call, manager
    line,       ///< an external network: manager (III.3.2.5)
};

using IncidentId = std::string;  ///< INC-20261123-01

/// In `Incident::members`, for what a person opened or took over; it leaves when a person resolves the incident.
inline constexpr const char* by_hand = "by_hand";

/// One watch that makes an incident, while it is bad.
struct Member {
    Severity severity = Severity::stop;
    Reason reason = Reason::none;
    Instant first_bad;
    Instant detect;
    std::string detail;
    std::vector<std::string> services;        ///< sorted; of the incident's, those that this watch serves; empty: all of them
};

/// An incident as the events fold to it. Instants as in semantics 1.1.
struct Incident {
    IncidentId id;
    IncidentKind kind = IncidentKind::customer;
    Severity severity = Severity::stop;       ///< of its worst member now
    Severity worst = Severity::stop;          ///< ever
    std::map<std::string, Severity> worst_of; ///< ever, by service; only of an incident of several services
    std::vector<std::string> services;        ///< sorted; the scope
    std::vector<std::string> tenants;         ///< sorted; everybody affected so far, resolved at the instant of joining
    std::map<std::string, Member> members;    ///< by watch id; empty once restored
    IncidentId linked_to;                     ///< an earlier incident of the same service, or empty
    Reason reason = Reason::none;             ///< symptom of the first member
    std::string first_watch;
    bool cross_checked = true;
    bool clock_doubtful = false;
    std::uint32_t relapses = 0;
    std::uint32_t occurrence = 1;             ///< counts first alerts owed: opened, worsened, relapsed
    std::uint32_t paged = 0;                  ///< to on-call: 2n - 1 once told of occurrence n, 2n of its end
    std::uint32_t reports = 0;                ///< notices composed so far: 第n報
    Instant last_good;
    Instant first_bad;
    Instant detect;
    Instant discover;
    Instant confirm;
    Instant restore;                          ///< zero while open
    Instant recover_confirm;                  ///< zero while open
    bool acknowledged = false;                ///< since it last opened or got worse: on-call is not paged about it
    std::string void_reason;                  ///< opened in error; empty: it was real
    std::map<std::string, std::string> notes; ///< what people know, by field: symptom, scope, cause, measures, ...
    std::vector<std::uint64_t> history;       ///< sequences of its events: what a snapshot keeps

    [[nodiscard]] bool open() const { return !members.empty(); }
};

} // namespace model

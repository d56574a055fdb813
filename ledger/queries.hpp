#pragma once

#include "ledger/sqlite.hpp"
#include "ledger/stored_event.hpp"
#include "model/event.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace ledger {

/// When the oldest of each class was made that is still there; nothing where there is none.
struct OldestRecords {
    std::optional<model::WallTime> usage;
    std::optional<model::WallTime> exception;
};

/// From `from` on, before `to`.
struct Period {
    model::WallTime from{};
    model::WallTime to{};
};

/// Questions to a ledger file, also while the daemon writes it: each answer is the state of one instant. Blocking, for verbs,
/// for the children that make reports, and aside; never on the state thread. Long answers hold the log back: read and be done.
class Queries {
public:
    explicit Queries(std::string path) : path_(std::move(path)) {}

    /// Errors: the file is not there or not readable, is no ledger, or was written by a newer hinomi.
    StoreResult open();

    /// Events of the period whose payload is still there, in order, until `visit` returns false. An event that cannot be read is
    /// an error of kind corrupt.
    StoreResult events_between(const Period& period, const std::function<bool(const model::Event&)>& visit);

    /// Everything about one incident: its own events, its duties, its notices, and each attempt to deliver them. In order.
    StoreResult history_of(const model::IncidentId& incident, const std::function<bool(const model::Event&)>& visit);

    /// Records of a kind in the period, in order; of one subject unless that is empty.
    StoreResult records_between(RecordKind kind, const std::string& subject, const Period& period,
                                const std::function<bool(const Record&)>& visit);

    /// Looks at the ends of indexes only: quick, however much there is.
    std::expected<OldestRecords, StoreError> oldest();

private:
    StoreResult events(Statement& rows, const std::function<bool(const model::Event&)>& visit);

    std::string path_;
    Database database_;
};

/// Follows one subject (an incident or a maintenance) through a run of events, in order.
class Trail {
public:
    explicit Trail(std::string subject) : subject_(std::move(subject)) {}

    /// Whether the event speaks of the subject; remembers its duties and notices, so that later events about them do too.
    bool follow(const model::Event& event);

private:
    friend struct Following;
    std::string subject_;
    std::set<model::DutyId> duties_;
    std::set<model::NoticeId> notices_;
};

} // namespace ledger

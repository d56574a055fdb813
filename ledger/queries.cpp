#include "ledger/queries.hpp"

#include "ledger/codec.hpp"
#include "ledger/sqlite_rows.hpp"
#include "ledger/sqlite_store.hpp"

#include <algorithm>
#include <variant>

namespace ledger {

/// Says for each kind of event whether it speaks of the trail's subject.
struct Following {
    Trail& trail;

    [[nodiscard]] bool is(const std::string& subject) const { return subject == trail.subject_; }
    [[nodiscard]] bool knows(const model::DutyId& duty) const { return trail.duties_.contains(duty); }
    /// An envelope's id is its notice's, a slash, and a number.
    [[nodiscard]] bool carries(const model::EnvelopeId& envelope) const {
        return trail.notices_.contains(envelope.substr(0, envelope.rfind('/')));
    }

    bool operator()(const model::Opened& e) const { return is(e.incident.id) || is(e.incident.linked_to); }
    bool operator()(const model::Joined& e) const { return is(e.incident); }
    bool operator()(const model::Worsened& e) const { return is(e.incident); }
    bool operator()(const model::Eased& e) const { return is(e.incident); }
    bool operator()(const model::Relapsed& e) const { return is(e.incident); }
    bool operator()(const model::Restored& e) const { return is(e.incident); }
    bool operator()(const model::Voided& e) const { return is(e.incident); }
    bool operator()(const model::Acknowledged& e) const { return is(e.incident); }
    bool operator()(const model::Noted& e) const { return is(e.incident); }
    bool operator()(const model::Uncovered& e) const { return is(e.incident); }
    bool operator()(const model::MaintenanceDeclared& e) const { return is(e.maintenance.id); }
    bool operator()(const model::MaintenanceCancelled& e) const { return is(e.id); }
    bool operator()(const model::MaintenanceEnded& e) const { return is(e.id); }
    bool operator()(const model::Commanded& e) const { return std::ranges::find(e.subjects, trail.subject_) != e.subjects.end(); }
    bool operator()(const model::DutiesArmed& e) const {
        bool found = false;
        for (const auto& duty : e.duties) {
            if (!is(duty.subject)) continue;
            trail.duties_.insert(duty.id);
            found = true;
        }
        return found;
    }
    bool operator()(const model::DutyAtRisk& e) const { return knows(e.duty); }
    bool operator()(const model::DutyMissed& e) const { return knows(e.duty); }
    bool operator()(const model::DutyVoided& e) const { return knows(e.duty); }
    bool operator()(const model::DutySettled& e) const { return knows(e.duty); }
    bool operator()(const model::NoticeComposed& e) const {
        const bool found = std::ranges::find(e.notice.subjects, trail.subject_) != e.notice.subjects.end() ||
                           std::ranges::any_of(e.notice.duties, [this](const auto& duty) { return knows(duty); });
        if (found) trail.notices_.insert(e.notice.id);
        return found;
    }
    bool operator()(const model::DeliveryRecorded& e) const { return carries(e.delivery.envelope); }
    bool operator()(const model::Bounced& e) const { return carries(e.envelope); }
    template <typename Other> bool operator()(const Other&) const { return false; }
};

bool Trail::follow(const model::Event& event) { return std::visit(Following{*this}, event.payload); }

StoreResult Queries::open() {
    {
        // the store knows what a ledger is, and looks at its end
        SqliteStore store(path_, nullptr, Access::reading);
        if (auto opened = store.open(); !opened) return opened;
    }
    return database_.open(path_, nullptr, Access::reading);
}

StoreResult Queries::events(Statement& rows, const std::function<bool(const model::Event&)>& visit) {
    std::optional<StoreError> unreadable;
    auto read = each(database_, rows, [&](const Statement& row) {
        const auto stored = event_of(row);
        const auto event = decode(stored.header.sequence, stored.header.version, stored.payload);
        if (event) return visit(*event);
        unreadable = StoreError{StoreError::Kind::corrupt, path_ + ": " + event.error()};
        return false;
    });
    if (unreadable) return std::unexpected(*unreadable);
    return read;
}

StoreResult Queries::events_between(const Period& period, const std::function<bool(const model::Event&)>& visit) {
    // names every class, so that the index by class and time serves
    auto rows = database_.prepare(
        (std::string(event_columns) + "WHERE payload IS NOT NULL AND retention IN (1, 2, 3) AND time >= ? AND time < ? ORDER BY sequence")
            .c_str());
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, period.from.time_since_epoch().count());
    rows->bind(2, period.to.time_since_epoch().count());
    return events(*rows, visit);
}

StoreResult Queries::history_of(const model::IncidentId& incident, const std::function<bool(const model::Event&)>& visit) {
    // a text that holds the id is necessary, not sufficient; it spares decoding the millions that do not
    auto first =
        database_.prepare("SELECT sequence FROM events WHERE payload IS NOT NULL AND instr(payload, ?) > 0 ORDER BY sequence LIMIT 1");
    if (!first) return std::unexpected(first.error());
    first->bind(1, std::string_view(incident));
    std::int64_t begin = -1;
    auto found = each(database_, *first, [&](const Statement& row) {
        begin = row.integer(0);
        return false;
    });
    if (!found || begin < 0) return found;
    auto rows = database_.prepare((std::string(event_columns) + "WHERE payload IS NOT NULL AND sequence >= ? ORDER BY sequence").c_str());
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, begin);
    Trail trail(incident);
    return events(*rows, [&](const model::Event& event) { return !trail.follow(event) || visit(event); });
}

StoreResult Queries::records_between(RecordKind kind, const std::string& subject, const Period& period,
                                     const std::function<bool(const Record&)>& visit) {
    auto rows = database_.prepare(
        "SELECT time, subject, payload FROM records WHERE kind = ?1 AND time >= ?2 AND time < ?3 "
        "AND (?4 = '' OR subject = ?4) ORDER BY time, id");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(kind));
    rows->bind(2, period.from.time_since_epoch().count());
    rows->bind(3, period.to.time_since_epoch().count());
    rows->bind(4, std::string_view(subject));
    return each(database_, *rows, [&](const Statement& row) {
        return visit({kind, model::WallTime{model::Milliseconds{row.integer(0)}}, row.text(1), row.text(2)});
    });
}

std::expected<OldestRecords, StoreError> Queries::oldest() {
    OldestRecords oldest;
    const auto look = [this](const char* statement, std::int64_t group, std::optional<model::WallTime>& into) -> StoreResult {
        auto row = database_.prepare(statement);
        if (!row) return std::unexpected(row.error());
        row->bind(1, group);
        return each(database_, *row, [&](const Statement& found) {
            if (found.is_null(0)) return false;
            const model::WallTime time{model::Milliseconds{found.integer(0)}};
            into = into ? std::min(*into, time) : time;
            return false;
        });
    };
    constexpr auto* events = "SELECT min(time) FROM events WHERE payload IS NOT NULL AND retention = ?";
    constexpr auto* records = "SELECT min(time) FROM records WHERE kind = ?";
    auto read = look(events, static_cast<std::int64_t>(model::RetentionClass::usage), oldest.usage);
    if (read) read = look(events, static_cast<std::int64_t>(model::RetentionClass::exception), oldest.exception);
    for (const auto kind : {RecordKind::heartbeat, RecordKind::sample, RecordKind::statistics}) {
        if (read) read = look(records, static_cast<std::int64_t>(kind), oldest.usage);
    }
    if (!read) return std::unexpected(read.error());
    return oldest;
}

} // namespace ledger

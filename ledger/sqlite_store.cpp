#include "ledger/sqlite_store.hpp"

#include "ledger/chain.hpp"
#include "ledger/sqlite_rows.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>

namespace ledger {

namespace {

constexpr std::int64_t schema_version = 1;
constexpr std::int64_t tail_verified = 1'000;

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS events (
  sequence INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, time INTEGER NOT NULL, retention INTEGER NOT NULL, version INTEGER NOT NULL,
  tenant TEXT NOT NULL, payload_digest BLOB NOT NULL, previous BLOB NOT NULL, salt BLOB, payload TEXT);
CREATE INDEX IF NOT EXISTS events_by_retention ON events (retention, time) WHERE payload IS NOT NULL;
CREATE TABLE IF NOT EXISTS records (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, time INTEGER NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_kind ON records (kind, time);
CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, owner TEXT NOT NULL, channel INTEGER NOT NULL, address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS snapshots (upto INTEGER PRIMARY KEY, fold_version INTEGER NOT NULL, live TEXT NOT NULL);
)";

} // namespace

SqliteStore::~SqliteStore() { close(); }

StoreResult SqliteStore::open() {
    auto opened = access_ == Access::reading ? open_to_read() : open_to_write();
    if (opened) opened = verify_tail();
    if (!opened) close();
    return opened;
}

StoreResult SqliteStore::open_to_read() {
    auto opened = database_.open(path_, vfs_, Access::reading);
    if (opened) opened = check_version();
    return opened;
}

StoreResult SqliteStore::open_to_write() {
    if (auto locked = lock_.take(path_); !locked) return locked;
    const auto mask = ::umask(0077);
    auto opened = database_.open(path_, vfs_, Access::writing);
    if (opened) opened = check_version();  // before anything is changed in it
    if (opened)
        opened = database_.run(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA trusted_schema=OFF; "
            "PRAGMA secure_delete=ON;");
    // What a failed sync left in the log can be read but may never reach the disk: the kernel calls those pages clean, and what
    // is appended behind them would be lost with them. Emptying the log writes and syncs it all anew.
    if (opened) opened = database_.empty_log();
    if (opened) opened = prepare_schema();
    ::umask(mask);
    return opened;
}

void SqliteStore::close() {
    insert_event_.reset();
    insert_record_.reset();
    database_.close();
    lock_.release();
}

StoreResult SqliteStore::check_version() {
    const auto version = database_.integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > schema_version) {
        return std::unexpected(StoreError{StoreError::Kind::newer_version, path_ + " was written by a newer hinomi (format " +
                                                                               std::to_string(*version) + ", this one knows " +
                                                                               std::to_string(schema_version) + "); upgrade hinomi"});
    }
    if (*version == 0 && access_ == Access::reading)
        return std::unexpected(StoreError{StoreError::Kind::corrupt, path_ + " is no ledger; see that it is the right file"});
    made_ = *version != 0;
    return {};
}

StoreResult SqliteStore::prepare_schema() {
    if (!made_) {
        if (auto made = database_.run(schema); !made) return made;
        if (auto made = database_.run("PRAGMA user_version=1"); !made) return made;
    }
    auto event = database_.prepare("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?)");
    if (!event) return std::unexpected(event.error());
    insert_event_.emplace(std::move(*event));
    auto record = database_.prepare("INSERT INTO records (kind, time, subject, payload) VALUES (?,?,?,?)");
    if (!record) return std::unexpected(record.error());
    insert_record_.emplace(std::move(*record));
    return {};
}

StoreResult SqliteStore::verify_tail() {
    const auto last = database_.integer("SELECT max(sequence) FROM events");
    if (!last) return std::unexpected(last.error());
    std::optional<model::Digest> head;
    std::string damage;
    const auto from = std::max<std::int64_t>(0, *last - tail_verified);
    auto read = replay(static_cast<model::Sequence>(from), [&](const StoredEvent& event) {
        const bool linked = !head || *head == event.header.previous;
        const bool whole = event.erased || payload_digest(event.salt, event.payload) == event.header.payload_digest;
        if (!linked || !whole)
            damage = "event " + std::to_string(event.header.sequence) +
                     (linked ? " has a changed payload" : " does not follow the one before it");
        head = header_hash(event.header);
        return damage.empty();
    });
    if (read && !damage.empty())
        return std::unexpected(
            StoreError{StoreError::Kind::corrupt, path_ + ": " + damage + "; restore a backup and keep this file for examination"});
    return read;
}

StoreResult SqliteStore::usable() const {
    if (database_.is_open()) return {};
    return std::unexpected(StoreError{StoreError::Kind::io, path_ + " is not open"});
}

StoreResult SqliteStore::in_transaction(const std::function<StoreResult()>& work) {
    if (auto open = usable(); !open) return open;
    if (access_ == Access::reading)
        return std::unexpected(
            StoreError{StoreError::Kind::read_only, path_ + " was opened for reading only; stop the daemon to change it"});
    auto result = database_.run("BEGIN IMMEDIATE");
    if (result) result = work();
    if (result) result = database_.run("COMMIT");
    if (!result) [[maybe_unused]]
        const auto ended = database_.run("ROLLBACK");  // the first error is the one that counts
    return result;
}

StoreResult SqliteStore::insert_events(std::span<const StoredEvent> events) {
    auto& row = *insert_event_;
    for (const auto& event : events) {
        row.reset();
        row.bind(1, static_cast<std::int64_t>(event.header.sequence));
        row.bind(2, static_cast<std::int64_t>(event.header.epoch));
        row.bind(3, event.header.time.time_since_epoch().count());
        row.bind(4, static_cast<std::int64_t>(event.header.retention));
        row.bind(5, static_cast<std::int64_t>(event.header.version));
        row.bind(6, std::string_view(event.header.tenant));
        row.bind(7, std::span<const std::uint8_t>(event.header.payload_digest));
        row.bind(8, std::span<const std::uint8_t>(event.header.previous));
        row.bind(9, std::span<const std::uint8_t>(event.salt));
        row.bind(10, std::string_view(event.payload));
        if (row.step() != SQLITE_DONE) {
            auto failure = database_.error();
            row.reset();
            return std::unexpected(std::move(failure));
        }
    }
    row.reset();
    return {};
}

StoreResult SqliteStore::insert_records(std::span<const Record> records) {
    auto& row = *insert_record_;
    for (const auto& record : records) {
        row.reset();
        row.bind(1, static_cast<std::int64_t>(record.kind));
        row.bind(2, record.time.time_since_epoch().count());
        row.bind(3, std::string_view(record.subject));
        row.bind(4, std::string_view(record.payload));
        if (row.step() != SQLITE_DONE) {
            auto failure = database_.error();
            row.reset();
            return std::unexpected(std::move(failure));
        }
    }
    row.reset();
    return {};
}

StoreResult SqliteStore::append(std::span<const StoredEvent> events, std::span<const Record> records) {
    return in_transaction([&]() -> StoreResult {
        if (auto inserted = insert_events(events); !inserted) return inserted;
        return insert_records(records);
    });
}

StoreResult SqliteStore::replay(model::Sequence after, const std::function<bool(const StoredEvent&)>& visit) {
    if (auto open = usable(); !open) return open;
    auto rows = database_.prepare((std::string(event_columns) + "WHERE sequence > ? ORDER BY sequence").c_str());
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(after));
    return each(database_, *rows, [&](const Statement& row) { return visit(event_of(row)); });
}

StoreResult SqliteStore::fetch(std::span<const model::Sequence> sequences, const std::function<bool(const StoredEvent&)>& visit) {
    if (auto open = usable(); !open) return open;
    // one transaction: without it every statement would lock the file and look whether somebody else has written
    if (auto begun = database_.run("BEGIN"); !begun) return begun;
    auto result = fetch_runs(sequences, visit);
    if (auto ended = database_.run("COMMIT"); result && !ended) result = ended;
    return result;
}

/// A statement for each run of consecutive sequences: most of a snapshot's are.
StoreResult SqliteStore::fetch_runs(std::span<const model::Sequence> sequences, const std::function<bool(const StoredEvent&)>& visit) {
    auto rows = database_.prepare((std::string(event_columns) + "WHERE sequence BETWEEN ? AND ? ORDER BY sequence").c_str());
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t next = 0; next < sequences.size();) {
        auto end = next + 1;
        while (end < sequences.size() && sequences[end] == sequences[end - 1] + 1) ++end;
        rows->reset();
        rows->bind(1, static_cast<std::int64_t>(sequences[next]));
        rows->bind(2, static_cast<std::int64_t>(sequences[end - 1]));
        for (; next < end; ++next) {
            const int code = rows->step();
            if (code != SQLITE_DONE && code != SQLITE_ROW) return std::unexpected(database_.error());
            const auto event = code == SQLITE_ROW ? event_of(*rows) : StoredEvent{};
            if (code == SQLITE_DONE || event.header.sequence != sequences[next]) {
                return std::unexpected(
                    StoreError{StoreError::Kind::corrupt, path_ + ": event " + std::to_string(sequences[next]) + " is missing"});
            }
            if (!visit(event)) return {};
        }
    }
    return {};
}

std::expected<std::optional<StoredEvent>, StoreError> SqliteStore::last_event() {
    auto row = database_.prepare((std::string(event_columns) + "ORDER BY sequence DESC LIMIT 1").c_str());
    if (!row) return std::unexpected(row.error());
    std::optional<StoredEvent> event;
    const auto read = each(database_, *row, [&](const Statement& found) {
        event = event_of(found);
        return false;
    });
    if (!read) return std::unexpected(read.error());
    return event;
}

std::expected<std::optional<Record>, StoreError> SqliteStore::last_record(RecordKind kind) {
    auto row = database_.prepare("SELECT time, subject, payload FROM records WHERE kind = ? ORDER BY id DESC LIMIT 1");
    if (!row) return std::unexpected(row.error());
    row->bind(1, static_cast<std::int64_t>(kind));
    std::optional<Record> record;
    const auto read = each(database_, *row, [&](const Statement& found) {
        record = Record{kind, model::WallTime{model::Milliseconds{found.integer(0)}}, found.text(1), found.text(2)};
        return false;
    });
    if (!read) return std::unexpected(read.error());
    return record;
}

StoreResult SqliteStore::save_snapshot(const Snapshot& snapshot) {
    std::string live;
    for (const auto sequence : snapshot.live) live += std::to_string(sequence) + " ";
    return in_transaction([&]() -> StoreResult {
        auto row = database_.prepare("INSERT OR REPLACE INTO snapshots VALUES (?,?,?)");
        if (!row) return std::unexpected(row.error());
        row->bind(1, static_cast<std::int64_t>(snapshot.upto));
        row->bind(2, static_cast<std::int64_t>(snapshot.fold_version));
        row->bind(3, std::string_view(live));
        if (row->step() != SQLITE_DONE) return std::unexpected(database_.error());
        return database_.run("DELETE FROM snapshots WHERE upto NOT IN (SELECT upto FROM snapshots ORDER BY upto DESC LIMIT 2)");
    });
}

std::expected<std::optional<Snapshot>, StoreError> SqliteStore::latest_snapshot() {
    auto row = database_.prepare("SELECT upto, fold_version, live FROM snapshots ORDER BY upto DESC LIMIT 1");
    if (!row) return std::unexpected(row.error());
    std::optional<Snapshot> snapshot;
    const auto read = each(database_, *row, [&](const Statement& found) {
        snapshot = Snapshot{static_cast<model::Sequence>(found.integer(0)), static_cast<std::uint32_t>(found.integer(1)), {}};
        const auto text = found.text(2);
        for (const char* at = text.data(); at < text.data() + text.size();) {
            model::Sequence sequence = 0;
            const auto parsed = std::from_chars(at, text.data() + text.size(), sequence);
            if (parsed.ec != std::errc{}) break;
            snapshot->live.push_back(sequence);
            at = parsed.ptr + 1;
        }
        return false;
    });
    if (!read) return std::unexpected(read.error());
    return snapshot;
}

std::expected<std::vector<ContactRow>, StoreError> SqliteStore::contacts() {
    auto rows = database_.prepare("SELECT id, owner, channel, address FROM contacts ORDER BY rowid");
    if (!rows) return std::unexpected(rows.error());
    std::vector<ContactRow> contacts;
    const auto read = each(database_, *rows, [&](const Statement& row) {
        contacts.push_back({row.text(0), row.text(1), static_cast<std::uint8_t>(row.integer(2)), row.text(3)});
        return true;
    });
    if (!read) return std::unexpected(read.error());
    return contacts;
}

StoreResult SqliteStore::save_contacts(std::span<const ContactRow> added) {
    return in_transaction([&]() -> StoreResult {
        auto row = database_.prepare("INSERT OR IGNORE INTO contacts VALUES (?,?,?,?)");
        if (!row) return std::unexpected(row.error());
        for (const auto& contact : added) {
            row->reset();
            row->bind(1, std::string_view(contact.id));
            row->bind(2, std::string_view(contact.owner));
            row->bind(3, static_cast<std::int64_t>(contact.channel));
            row->bind(4, std::string_view(contact.address));
            if (row->step() != SQLITE_DONE) return std::unexpected(database_.error());
        }
        return {};
    });
}

StoreResult SqliteStore::prune(model::WallTime usage_before, model::WallTime exception_before) {
    return in_transaction([&]() -> StoreResult {
        // each by its index: where nothing is over, this is asked every few seconds and costs nothing
        auto erase = database_.prepare(
            "UPDATE events SET payload = NULL, salt = NULL WHERE sequence IN (SELECT sequence FROM events "
            "WHERE payload IS NOT NULL AND retention = ? AND time < ? ORDER BY time LIMIT 5000)");
        if (!erase) return std::unexpected(erase.error());
        for (const auto& [retention, before] :
             {std::pair{model::RetentionClass::usage, usage_before}, std::pair{model::RetentionClass::exception, exception_before}}) {
            erase->reset();
            erase->bind(1, static_cast<std::int64_t>(retention));
            erase->bind(2, before.time_since_epoch().count());
            if (erase->step() != SQLITE_DONE) return std::unexpected(database_.error());
        }
        auto forget = database_.prepare(
            "DELETE FROM records WHERE id IN (SELECT id FROM records WHERE kind = ? AND time < ? ORDER BY time LIMIT 5000)");
        if (!forget) return std::unexpected(forget.error());
        for (const auto kind : {RecordKind::heartbeat, RecordKind::sample, RecordKind::statistics}) {
            forget->reset();
            forget->bind(1, static_cast<std::int64_t>(kind));
            forget->bind(2, usage_before.time_since_epoch().count());
            if (forget->step() != SQLITE_DONE) return std::unexpected(database_.error());
        }
        return {};
    });
}

std::uint64_t SqliteStore::size_bytes() {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    return error ? 0 : size;
}

} // namespace ledger

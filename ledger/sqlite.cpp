#include "ledger/sqlite.hpp"

#include <sqlite3.h>

namespace ledger {

namespace {

StoreError::Kind kind_of(int code) {
    switch (code & 0xff) {
    case SQLITE_FULL: return StoreError::Kind::full;
    case SQLITE_READONLY:
    case SQLITE_PERM: return StoreError::Kind::read_only;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StoreError::Kind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return StoreError::Kind::locked;
    default: return StoreError::Kind::io;
    }
}

const char* remedy_of(StoreError::Kind kind) {
    switch (kind) {
    case StoreError::Kind::full: return "free space on that file system";
    case StoreError::Kind::read_only: return "make the file and its folder writable for hinomi";
    case StoreError::Kind::corrupt: return "restore a backup; keep the damaged file for examination";
    case StoreError::Kind::locked: return "another hinomi has it open; stop that one first";
    case StoreError::Kind::io: return "look at the kernel's log for errors of that disk";
    case StoreError::Kind::newer_version: return "upgrade hinomi";
    }
    return "";
}

} // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }
void Statement::bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
void Statement::bind(int index, std::string_view text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}
void Statement::bind(int index, std::span<const std::uint8_t> bytes) {
    sqlite3_bind_blob(statement_, index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
}
void Statement::bind_null(int index) { sqlite3_bind_null(statement_, index); }
int Statement::step() { return sqlite3_step(statement_); }
void Statement::reset() { sqlite3_reset(statement_); }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
std::string Statement::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr ? std::string{} : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}
std::span<const std::uint8_t> Statement::bytes(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Database::~Database() { close(); }

StoreResult Database::open(const std::string& path, const char* vfs, Access access) {
    path_ = path;
    const int flags = SQLITE_OPEN_NOMUTEX | (access == Access::writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (sqlite3_open_v2(path.c_str(), &connection_, flags, vfs) != SQLITE_OK) {
        const auto failure = error();
        close();
        return std::unexpected(failure);
    }
    sqlite3_extended_result_codes(connection_, 1);
    sqlite3_busy_timeout(connection_, 1'000);
    return {};
}

void Database::close() {
    sqlite3_close_v2(connection_);
    connection_ = nullptr;
}

StoreResult Database::run(const char* sql) {
    if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return std::unexpected(error());
    return {};
}

std::expected<Statement, StoreError> Database::prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        return std::unexpected(error());
    return Statement(statement);
}

std::expected<std::int64_t, StoreError> Database::integer(const char* sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    const int code = statement->step();
    if (code == SQLITE_ROW) return statement->integer(0);
    if (code == SQLITE_DONE) return 0;
    return std::unexpected(error());
}

std::uint64_t Database::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(connection_)); }

StoreResult Database::empty_log() {
    constexpr int ordinary_wait_ms = 1'000;
    constexpr int wait_for_readers_ms = 10'000;
    sqlite3_busy_timeout(connection_, wait_for_readers_ms);
    const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(connection_, ordinary_wait_ms);
    if (code == SQLITE_OK) return {};
    if (code != SQLITE_BUSY) return std::unexpected(error());
    return std::unexpected(StoreError{StoreError::Kind::locked, path_ + ": another program is still reading it; wait for it or stop it"});
}

StoreError Database::error() const {
    const int code = connection_ == nullptr ? SQLITE_CANTOPEN : sqlite3_extended_errcode(connection_);
    const auto kind = kind_of(code);
    const std::string words = connection_ == nullptr ? "unable to open" : sqlite3_errmsg(connection_);
    const char* remedy =
        (code & 0xff) == SQLITE_CANTOPEN ? "see that the file and its folder exist and that this user may use them" : remedy_of(kind);
    return {kind, path_ + ": " + words + " (" + std::to_string(code) + "); " + remedy};
}

} // namespace ledger

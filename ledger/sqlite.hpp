#pragma once

#include "ledger/store.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace ledger {

/// A prepared statement. Bind in order from 1; values must outlive the step. One thread at a time.
class Statement {
public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Statement& operator=(Statement&& other) noexcept {
        std::swap(statement_, other.statement_);
        return *this;
    }
    ~Statement();

    void bind(int index, std::int64_t value);
    void bind(int index, std::string_view text);
    void bind(int index, std::span<const std::uint8_t> bytes);
    void bind_null(int index);

    /// SQLITE_ROW, SQLITE_DONE or an error code.
    int step();
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::span<const std::uint8_t> bytes(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    sqlite3_stmt* statement_;
};

/// Reading never makes, locks or changes the file, and sees what was committed while another process writes.
enum class Access : std::uint8_t { reading, writing };

/// A connection. Errors are StoreErrors that say what to do.
class Database {
public:
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    StoreResult open(const std::string& path, const char* vfs, Access access);
    void close();
    [[nodiscard]] bool is_open() const { return connection_ != nullptr; }

    StoreResult run(const char* sql);
    std::expected<Statement, StoreError> prepare(const char* sql);
    std::expected<std::int64_t, StoreError> integer(const char* sql);

    /// Rows that the last statement changed.
    [[nodiscard]] std::uint64_t changes() const;

    /// Moves everything from the write-ahead log into the file, syncs that, and empties the log. Waits up to ten seconds for
    /// readers to finish.
    StoreResult empty_log();

    [[nodiscard]] sqlite3* handle() { return connection_; }

    /// The last error of the connection as ours.
    [[nodiscard]] StoreError error() const;

private:
    sqlite3* connection_ = nullptr;
    std::string path_;
};

} // namespace ledger

#pragma once

#include "ledger/file_lock.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/store.hpp"

#include <optional>
#include <string>

namespace ledger {

/// The embedded default: one SQLite file, WAL, synchronous FULL, one process at a time. The format: doc/ledger-format.md.
/// One thread at a time; the file is created with mode 0600.
class SqliteStore final : public Store {
public:
    /// `vfs` is for tests that make every I/O call fail in turn; null: the system's. With Access::reading the store sees what is
    /// committed while the daemon writes, takes no lock, and refuses to write.
    explicit SqliteStore(std::string path, const char* vfs = nullptr, Access access = Access::writing)
        : path_(std::move(path)), vfs_(vfs), access_(access) {}
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    StoreResult open() override;
    void close() override;
    StoreResult append(std::span<const StoredEvent> events, std::span<const Record> records) override;
    StoreResult replay(model::Sequence after, const std::function<bool(const StoredEvent&)>& visit) override;
    StoreResult fetch(std::span<const model::Sequence> sequences, const std::function<bool(const StoredEvent&)>& visit) override;
    std::expected<std::optional<StoredEvent>, StoreError> last_event() override;
    std::expected<std::optional<Record>, StoreError> last_record(RecordKind kind) override;
    StoreResult save_snapshot(const Snapshot& snapshot) override;
    std::expected<std::optional<Snapshot>, StoreError> latest_snapshot() override;
    std::expected<std::vector<ContactRow>, StoreError> contacts() override;
    StoreResult save_contacts(std::span<const ContactRow> added) override;
    StoreResult prune(model::WallTime usage_before, model::WallTime exception_before) override;
    std::uint64_t size_bytes() override;

private:
    StoreResult fetch_runs(std::span<const model::Sequence> sequences, const std::function<bool(const StoredEvent&)>& visit);
    StoreResult open_to_read();
    StoreResult open_to_write();
    StoreResult check_version();
    StoreResult prepare_schema();
    StoreResult verify_tail();
    StoreResult insert_events(std::span<const StoredEvent> events);
    StoreResult insert_records(std::span<const Record> records);
    StoreResult in_transaction(const std::function<StoreResult()>& work);
    [[nodiscard]] StoreResult usable() const;

    std::string path_;
    const char* vfs_;
    Access access_;
    bool made_ = false;  // the file has its tables
    FileLock lock_;
    Database database_;
    std::optional<Statement> insert_event_;
    std::optional<Statement> insert_record_;
};

} // namespace ledger

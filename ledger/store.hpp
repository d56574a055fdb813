#pragma once

#include "ledger/stored_event.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ledger {

struct StoreError {
    enum class Kind : std::uint8_t {
        full,          ///< no space: heals by itself when space returns
        read_only,
        io,            ///< also a failed fsync: the store must be reopened and re-verified
        corrupt,       ///< the chain or a page does not verify
        newer_version, ///< written by a newer hinomi: refuse to start
        locked,        ///< another process has it
    };
    Kind kind = Kind::io;
    std::string what;  ///< for people, with what to do
};

using StoreResult = std::expected<void, StoreError>;

/// Everything durable, behind one interface: SQLite in production, memory with faults in the simulator.
/// Blocking; used by one thread at a time (the ledger thread).
class Store {
public:
    virtual ~Store() = default;

    /// Opens or creates, checks version and integrity of the tail.
    [[nodiscard]] virtual StoreResult open() = 0;
    virtual void close() = 0;

    /// All or nothing, in one transaction; durable when it returns without error.
    [[nodiscard]] virtual StoreResult append(std::span<const StoredEvent> events, std::span<const Record> records) = 0;

    /// Calls `visit` with every event after `after`, in order; stops early when it returns false.
    [[nodiscard]] virtual StoreResult replay(model::Sequence after, const std::function<bool(const StoredEvent&)>& visit) = 0;

    /// Events by sequence, in order; missing ones are an error.
    [[nodiscard]] virtual StoreResult fetch(std::span<const model::Sequence> sequences,
                                            const std::function<bool(const StoredEvent&)>& visit) = 0;

    [[nodiscard]] virtual std::expected<std::optional<StoredEvent>, StoreError> last_event() = 0;
    [[nodiscard]] virtual std::expected<std::optional<Record>, StoreError> last_record(RecordKind kind) = 0;

    [[nodiscard]] virtual StoreResult save_snapshot(const Snapshot& snapshot) = 0;
    [[nodiscard]] virtual std::expected<std::optional<Snapshot>, StoreError> latest_snapshot() = 0;

    /// The erasable table of addresses. Ids are never reused.
    [[nodiscard]] virtual std::expected<std::vector<ContactRow>, StoreError> contacts() = 0;
    [[nodiscard]] virtual StoreResult save_contacts(std::span<const ContactRow> added) = 0;

    /// Erases payloads and records whose retention is over, the oldest first; headers stay. Some thousands at a time, so that nothing waits
    /// for long: it is asked again and again.
    [[nodiscard]] virtual StoreResult prune(model::WallTime usage_before, model::WallTime exception_before) = 0;

    [[nodiscard]] virtual std::uint64_t size_bytes() = 0;
};

}  // namespace ledger

#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ledger {

/// The header of one event: what the chain covers. Layout and hashing: doc/ledger-format.md.
struct Header {
    model::Sequence sequence = 0;
    std::uint64_t epoch = 1;                 ///< of the leader that wrote it
    model::WallTime time{};
    model::RetentionClass retention = model::RetentionClass::exception;
    std::uint16_t version = 1;               ///< of the payload's format
    std::string tenant;                      ///< empty: none
    model::Digest payload_digest{};          ///< SHA-256 of salt and payload
    model::Digest previous{};                ///< hash of the previous header; zero for the first
};

/// SHA-256 of the header's canonical bytes.
model::Digest header_hash(const Header& header);

/// One event as stored. Salt and payload can be erased; the chain still verifies.
struct StoredEvent {
    Header header;
    model::Salt salt{};
    std::string payload;   ///< JSON; empty when erased
    bool erased = false;
};

/// What is kept but is no event: heartbeats, failing samples, statistics.
enum class RecordKind : std::uint8_t { heartbeat = 1, sample = 2, statistics = 3 };

struct Record {
    RecordKind kind = RecordKind::heartbeat;
    model::WallTime time{};
    std::string subject;   ///< watch id; empty for heartbeats
    std::string payload;   ///< JSON, at most 8 KiB
};

/// One row of the erasable table: the address behind a contact id.
struct ContactRow {
    std::string id;
    std::string owner;     ///< tenant:NAME, manager, on_call
    std::uint8_t channel = 0;
    std::string address;
};

/// A snapshot: the sequences that must be replayed to stand where `upto` stood. Disposable.
struct Snapshot {
    model::Sequence upto = 0;
    std::uint32_t fold_version = 0;
    std::vector<model::Sequence> live;       ///< sorted
};

/// What is over: payloads of each class, and records, from before these times.
struct Erasure {
    model::WallTime usage_before{};
    model::WallTime exception_before{};
};

} // namespace ledger

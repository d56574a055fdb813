#pragma once

#include "ledger/store.hpp"
#include "model/event.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>

namespace ledger {

/// The heartbeat record of semantics 1.2 and design section 3: proves up time, carries elapsed time across boots.
struct Heartbeat {
    model::Instant at;
    std::uint32_t watches = 0;               ///< configured
    std::uint32_t current = 0;               ///< probed within their interval limit
    std::vector<std::string> overdue;        ///< ids of those that were not, at most 100
};
Record heartbeat_record(const Heartbeat& heartbeat);
std::expected<Heartbeat, std::string> read_heartbeat(const Record& record);

struct Recovered {
    model::Sequence last = 0;                ///< highest sequence in the store
    std::uint64_t replayed = 0;
    bool stopped_cleanly = false;            ///< the last event is `Stopped`
    std::optional<Heartbeat> heartbeat;      ///< the last one
};

/// Replays the store into `apply`: the latest usable snapshot's live events, then everything after it. Verifies the
/// chain of what it reads. A snapshot of another `fold_version` is ignored. Start only (blocking).
std::expected<Recovered, StoreError> recover(Store& store, std::uint32_t fold_version,
                                             const std::function<void(const model::Event&)>& apply);

struct Verification {
    std::uint64_t events = 0;
    std::uint64_t erased = 0;
    model::Digest head{};
};

/// Verifies the whole chain and every payload that is still there.
std::expected<Verification, StoreError> verify(Store& store);

} // namespace ledger

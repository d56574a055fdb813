#pragma once

#include "ledger/store.hpp"

#include <functional>
#include <vector>

namespace ledger {

/// One group commit. Headers come without digest and chain; the writer fills them in order.
struct Batch {
    std::vector<StoredEvent> events;
    std::vector<Record> records;
    std::vector<ContactRow> contacts;  ///< saved before the events that may name them
    std::optional<Snapshot> snapshot;
    std::optional<Erasure> erasure;    ///< after all the rest
    bool reopen_first = false;   ///< after an I/O error: close, open and re-verify before writing
};

/// Carries batches to the store, one at a time, and brings the result back on the state thread.
/// The real one is the ledger thread; the simulator's runs inline after a simulated delay.
class Writer {
public:
    using Done = std::move_only_function<void(StoreResult)>;

    virtual ~Writer() = default;

    /// `done` runs on the state thread, never from inside submit. At most one batch is under way.
    virtual void submit(Batch batch, Done done) = 0;
};

} // namespace ledger

#pragma once

#include "ledger/store.hpp"

namespace samples {

/// One event of every kind, as the ledger's writer hands them on: encoded, salted, not yet linked.
std::vector<ledger::StoredEvent> stored_events();

/// Fills an open, empty store: one event of every kind, a record of every kind, two contacts, a snapshot. Always the same.
ledger::StoreResult fill(ledger::Store& store);

} // namespace samples

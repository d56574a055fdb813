#pragma once

#include "ledger/sqlite.hpp"
#include "ledger/stored_event.hpp"

#include <functional>

namespace ledger {

/// `SELECT` of what `event_of` reads, in its order; the condition follows.
inline constexpr const char* event_columns =
    "SELECT sequence, epoch, time, retention, version, tenant, payload_digest, previous, salt, payload FROM events ";

StoredEvent event_of(const Statement& row);

/// Steps through the rows of `statement` until `visit` returns false.
StoreResult each(Database& database, Statement& statement, const std::function<bool(const Statement&)>& visit);

} // namespace ledger

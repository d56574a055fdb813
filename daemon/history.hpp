#pragma once

#include "ledger/store.hpp"
#include "model/event.hpp"

#include <functional>
#include <string_view>

namespace hinomi {

/// Reads the ledger's events since `since` into `apply`, and returns the sequence of the first (one past the last event if
/// there is none). Erased payloads are passed over, and kinds of events that `wanted` does not want: most are of the way of
/// notices, and decoding them is what takes time. For folds over weeks that the engine's snapshot has forgotten.
/// Start only: blocking, and before the ledger's thread has the store.
std::expected<model::Sequence, ledger::StoreError> read_history(ledger::Store& store, model::WallTime since,
                                                                const std::function<bool(std::string_view kind)>& wanted,
                                                                const std::function<void(const model::Event&)>& apply);

} // namespace hinomi

#pragma once

#include "ledger/writer.hpp"

namespace ledger {

/// Writes one batch: reopens first if asked, links the chain to the store's head, appends, saves the snapshot. The head
/// is kept by the caller between batches; it is read from the store when it is not known.
StoreResult write_batch(Store& store, Batch& batch, std::optional<model::Digest>& head);

} // namespace ledger

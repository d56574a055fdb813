#pragma once

#include "ledger/store.hpp"

#include <string>

namespace ledger {

/// Copies the ledger file `from`, in use or not, into the new file `to` as it is at one instant (SQLite's backup), synced, mode
/// 0600, without a log beside it. Blocking; the writer of `from` goes on meanwhile. On an error nothing is left of `to`.
StoreResult copy_ledger(const std::string& from, const std::string& to);

/// Moves what is still in the log beside the file into it, so that the file alone is the whole ledger. Nobody may have it open.
StoreResult settle_log(const std::string& path);

} // namespace ledger

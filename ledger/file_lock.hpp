#pragma once

#include "ledger/store.hpp"

#include <string>

namespace ledger {

/// The lock beside a ledger file: whoever writes it holds this, and nobody else. Released on destruction.
class FileLock {
public:
    FileLock() = default;
    ~FileLock() { release(); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    /// Takes `path`.lock, made with mode 0600. Held already: nothing happens. Error `locked`: another process has it.
    StoreResult take(const std::string& path);
    void release();

private:
    int descriptor_ = -1;
};

} // namespace ledger

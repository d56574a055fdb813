#pragma once

#include "tests/ledger/faulty_disk.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>

namespace faults {

/// Registers a FaultyDisk with SQLite as a VFS of its own name, with locks and shared memory, so that the real store runs
/// on it in WAL mode. Every connection that uses it must be closed before it goes.
class FaultyVfs {
public:
    explicit FaultyVfs(std::string name);
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    [[nodiscard]] const char* name() const { return name_.c_str(); }
    FaultyDisk& disk() { return disk_; }

private:
    std::string name_;
    FaultyDisk disk_;
    sqlite3_vfs vfs_{};
};

} // namespace faults

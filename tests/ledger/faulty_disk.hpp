#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faults {

/// What SQLite asks of a file system. Each is counted, and each can be made to fail.
enum class Call : std::uint8_t { open, read, write, truncate, sync, size, lock, shm, access, remove };
const char* word_of(Call call);

/// What becomes of the bytes that no successful sync covered, when the power goes.
enum class Tear : std::uint8_t {
    nothing_written,
    everything_written,
    cut_in_the_last,  ///< written in order up to some point inside a sector
    some_sectors,     ///< any of them, in any order
};

/// One file: what readers see, what would survive, and the changes between the two.
struct Content {
    struct Change {
        std::size_t offset = 0;
        std::string bytes;
        std::optional<std::size_t> truncate_to;
    };
    struct ShmSlot {
        int shared = 0;
        const void* exclusive = nullptr;
    };

    std::string now;
    std::string durable;
    std::vector<Change> pending;          ///< in order; a failed sync drops them: the kernel calls such pages clean
    bool exists = false;
    bool durably_exists = false;
    std::optional<std::string> unsynced_removal;  ///< what is back after a crash: the folder was not synced since it was removed
    std::map<const void*, int> locks;     ///< level by handle
    std::vector<std::unique_ptr<std::vector<std::uint64_t>>> shm;  ///< aligned as SQLite's wal-index needs it
    std::map<int, ShmSlot> shm_slots;
    int shm_users = 0;
};

/// A disk in memory that counts every call, fails the ones it is told to, and loses power. Files are kept by name; one
/// thread at a time. After `cut_power_at` was reached every call fails until `restart`.
class FaultyDisk {
public:
    struct Performed {
        Call call = Call::open;
        std::string file;
    };

    /// Calls `first` to `first + count - 1` (from 1) fail. `full`: writes say that the disk is full, not that it is broken.
    void fail(std::uint64_t first, std::uint64_t count, bool full);
    void cut_power_at(std::uint64_t call) { power_ends_ = call; }

    /// Loses what was not synced, in the way of `tear`, and works again. All files must be closed.
    void restart(Tear tear, std::uint64_t seed);

    /// No faults any more; the count goes on.
    void heal();

    [[nodiscard]] const std::vector<Performed>& performed() const { return performed_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] bool powered() const { return powered_; }
    [[nodiscard]] const Content* find(const std::string& name) const;

    // --- for the VFS
    /// Counts the call; false when it has to fail.
    [[nodiscard]] bool allow(Call call, std::string_view file);
    [[nodiscard]] bool full() const { return full_; }
    Content& content(const std::string& name) { return files_[name]; }
    void write(Content& file, std::size_t offset, std::string bytes);
    void truncate(Content& file, std::size_t size);
    void sync(Content& file);
    void sync_failed(Content& file) { file.pending.clear(); }
    void remove(Content& file, bool durably);
    void opened() { ++open_files_; }
    void closed() { --open_files_; }

private:
    std::map<std::string, Content> files_;
    std::vector<Performed> performed_;
    std::uint64_t fail_first_ = 0;
    std::uint64_t fail_count_ = 0;
    std::uint64_t power_ends_ = 0;
    std::uint64_t failed_ = 0;
    bool full_ = false;
    bool powered_ = true;
    int open_files_ = 0;
};

} // namespace faults

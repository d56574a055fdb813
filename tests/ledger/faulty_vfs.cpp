#include "tests/ledger/faulty_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace faults {

namespace {

/// What SQLite holds of an open file; it allocates the bytes, so only plain fields. The rules of each method are those of
/// sqlite3_io_methods in sqlite3.h.
struct Handle {
    sqlite3_file base;
    FaultyDisk* disk;
    Content* content;
    const char* name;   // SQLite keeps it until the file is closed
    Content* owned;     // of a temporary file without a name
    unsigned shm_shared;
    unsigned shm_exclusive;
    bool shm_mapped;
    bool remove_on_close;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
bool allow(Handle& handle, Call call) { return handle.disk->allow(call, handle.name); }

int shm_unmap(sqlite3_file* file, int) {
    auto& handle = handle_of(file);
    if (!handle.shm_mapped) return SQLITE_OK;
    for (auto& [number, slot] : handle.content->shm_slots) {
        if ((handle.shm_shared & (1U << number)) != 0) --slot.shared;
        if (slot.exclusive == file) slot.exclusive = nullptr;
    }
    handle.shm_shared = handle.shm_exclusive = 0;
    handle.shm_mapped = false;
    // the system's VFS empties it for whoever comes first; the last to leave does it here
    if (--handle.content->shm_users == 0) handle.content->shm.clear();
    return SQLITE_OK;
}

int close(sqlite3_file* file) {
    auto& handle = handle_of(file);
    shm_unmap(file, 0);
    handle.content->locks.erase(file);
    if (handle.remove_on_close && handle.owned == nullptr) handle.disk->remove(*handle.content, /*durably=*/true);
    delete handle.owned;
    handle.disk->closed();
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::read)) return SQLITE_IOERR_READ;
    const auto& bytes = handle.content->now;
    const auto wanted = static_cast<std::size_t>(amount);
    const auto from = std::min(static_cast<std::size_t>(offset), bytes.size());
    const auto there = std::min(wanted, bytes.size() - from);
    std::memcpy(into, bytes.data() + from, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(into) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
    auto& handle = handle_of(file);
    const bool allowed = allow(handle, Call::write);
    // a failing write leaves its first half behind, as a full disk does
    const auto length = static_cast<std::size_t>(allowed ? amount : amount / 2);
    if (handle.disk->powered())
        handle.disk->write(*handle.content, static_cast<std::size_t>(offset), {static_cast<const char*>(from), length});
    if (allowed) return SQLITE_OK;
    return handle.disk->full() ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::truncate)) return SQLITE_IOERR_TRUNCATE;
    handle.disk->truncate(*handle.content, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::sync)) {
        if (handle.disk->powered()) handle.disk->sync_failed(*handle.content);
        return SQLITE_IOERR_FSYNC;
    }
    handle.disk->sync(*handle.content);
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::size)) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(handle.content->now.size());
    return SQLITE_OK;
}

/// Whether another handle holds at least `level`.
bool held_by_another(const Handle& handle, const sqlite3_file* file, int level) {
    return std::ranges::any_of(handle.content->locks, [&](const auto& held) { return held.first != file && held.second >= level; });
}

int lock(sqlite3_file* file, int level) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::lock)) return SQLITE_IOERR_LOCK;
    auto& own = handle.content->locks[file];
    if (own >= level) return SQLITE_OK;
    const int in_the_way = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_PENDING
                           : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_RESERVED
                                                           : SQLITE_LOCK_SHARED;
    if (held_by_another(handle, file, in_the_way)) return SQLITE_BUSY;
    own = level;
    return SQLITE_OK;
}

int unlock(sqlite3_file* file, int level) {
    auto& own = handle_of(file).content->locks[file];
    own = std::min(own, level);
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* file, int* reserved) {
    auto& handle = handle_of(file);
    if (!allow(handle, Call::lock)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
    *reserved = std::ranges::any_of(handle.content->locks, [](const auto& held) { return held.second >= SQLITE_LOCK_RESERVED; }) ? 1 : 0;
    return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 512; }
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

/// A template, so that the qualifier of SQLite's page pointers need not be spelled.
template <typename Pages> int shm_map(sqlite3_file* file, int region, int region_size, int extend, Pages** pages) {
    auto& handle = handle_of(file);
    *pages = nullptr;
    if (!allow(handle, Call::shm)) return SQLITE_IOERR_SHMMAP;
    if (!handle.shm_mapped) ++handle.content->shm_users;
    handle.shm_mapped = true;
    auto& regions = handle.content->shm;
    const auto index = static_cast<std::size_t>(region);
    if (index >= regions.size() && extend == 0) return SQLITE_OK;
    while (regions.size() <= index)
        regions.push_back(std::make_unique<std::vector<std::uint64_t>>(static_cast<std::size_t>(region_size) / sizeof(std::uint64_t)));
    *pages = regions[index]->data();
    return SQLITE_OK;
}

void release(Handle& handle, sqlite3_file* file, int offset, int count) {
    for (int number = offset; number < offset + count; ++number) {
        auto& slot = handle.content->shm_slots[number];
        const unsigned bit = 1U << number;
        if ((handle.shm_shared & bit) != 0) --slot.shared;
        if (slot.exclusive == file) slot.exclusive = nullptr;
        handle.shm_shared &= ~bit;
        handle.shm_exclusive &= ~bit;
    }
}

int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    auto& handle = handle_of(file);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        release(handle, file, offset, count);
        return SQLITE_OK;
    }
    if (!allow(handle, Call::shm)) return SQLITE_IOERR_SHMLOCK;
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (int number = offset; number < offset + count; ++number) {
        const auto& slot = handle.content->shm_slots[number];
        const int others = slot.shared - ((handle.shm_shared & (1U << number)) != 0 ? 1 : 0);
        if ((slot.exclusive != nullptr && slot.exclusive != file) || (exclusive && others > 0)) return SQLITE_BUSY;
    }
    for (int number = offset; number < offset + count; ++number) {
        auto& slot = handle.content->shm_slots[number];
        const unsigned bit = 1U << number;
        if (exclusive) {
            slot.exclusive = file;
            handle.shm_exclusive |= bit;
        } else if ((handle.shm_shared & bit) == 0) {
            ++slot.shared;
            handle.shm_shared |= bit;
        }
    }
    return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods table = {.iVersion = 2,
                                             .xClose = close,
                                             .xRead = read,
                                             .xWrite = write,
                                             .xTruncate = truncate,
                                             .xSync = sync,
                                             .xFileSize = file_size,
                                             .xLock = lock,
                                             .xUnlock = unlock,
                                             .xCheckReservedLock = check_reserved_lock,
                                             .xFileControl = file_control,
                                             .xSectorSize = sector_size,
                                             .xDeviceCharacteristics = device_characteristics,
                                             .xShmMap = shm_map,
                                             .xShmLock = shm_lock,
                                             .xShmBarrier = shm_barrier,
                                             .xShmUnmap = shm_unmap,
                                             .xFetch = nullptr,
                                             .xUnfetch = nullptr};
    return table;
}

FaultyDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto& disk = disk_of(vfs);
    file->pMethods = nullptr;
    if (!disk.allow(Call::open, name == nullptr ? "temporary" : name)) return SQLITE_CANTOPEN;
    auto* owned = name == nullptr ? new Content : nullptr;
    auto& content = owned != nullptr ? *owned : disk.content(name);
    if (!content.exists && (flags & SQLITE_OPEN_CREATE) == 0 && owned == nullptr) return SQLITE_CANTOPEN;
    content.exists = true;
    auto& handle = handle_of(file);
    handle = {.base = {.pMethods = &methods()},
              .disk = &disk,
              .content = &content,
              .name = name == nullptr ? "temporary" : name,
              .owned = owned,
              .shm_shared = 0,
              .shm_exclusive = 0,
              .shm_mapped = false,
              .remove_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
    disk.opened();
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto& disk = disk_of(vfs);
    if (!disk.allow(Call::remove, name)) return SQLITE_IOERR_DELETE;
    auto& content = disk.content(name);
    if (!content.exists) return SQLITE_IOERR_DELETE_NOENT;
    disk.remove(content, sync_folder != 0);
    return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    auto& disk = disk_of(vfs);
    if (!disk.allow(Call::access, name)) return SQLITE_IOERR_ACCESS;
    const auto* content = disk.find(name);
    // as the system's does: an empty journal is none
    *result = content != nullptr && (flags != SQLITE_ACCESS_EXISTS || !content->now.empty()) ? 1 : 0;
    return SQLITE_OK;
}

int full_pathname(sqlite3_vfs*, const char* name, int size, char* into) {
    const std::string_view path = name;
    if (path.size() + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(into, path.data(), path.size());
    into[path.size()] = '\0';
    return SQLITE_OK;
}

sqlite3_vfs& system_vfs() { return *sqlite3_vfs_find(nullptr); }
int randomness(sqlite3_vfs*, int size, char* into) {
    std::memset(into, 7, static_cast<std::size_t>(size));
    return size;
}
int pass_time(sqlite3_vfs*, int microseconds) { return microseconds; }  // nobody else will let go of a lock meanwhile
int current_time(sqlite3_vfs*, double* time) { return system_vfs().xCurrentTime(&system_vfs(), time); }
int current_time_64(sqlite3_vfs*, sqlite3_int64* time) { return system_vfs().xCurrentTimeInt64(&system_vfs(), time); }
int last_error(sqlite3_vfs*, int, char*) { return 0; }

} // namespace

FaultyVfs::FaultyVfs(std::string name) : name_(std::move(name)) {
    vfs_.iVersion = 2;
    vfs_.szOsFile = sizeof(Handle);
    vfs_.mxPathname = 512;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = &disk_;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = access;
    vfs_.xFullPathname = full_pathname;
    vfs_.xRandomness = randomness;
    vfs_.xSleep = pass_time;
    vfs_.xCurrentTime = current_time;
    vfs_.xGetLastError = last_error;
    vfs_.xCurrentTimeInt64 = current_time_64;
    sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }

} // namespace faults

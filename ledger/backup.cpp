#include "ledger/backup.hpp"

#include "ledger/sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>

namespace ledger {

namespace {

/// One step over all pages: a second one would begin anew whenever the writer has committed in between.
StoreResult copy_pages(Database& from, Database& to) {
    auto* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (backup == nullptr) return std::unexpected(to.error());
    constexpr int all_pages = -1;
    const int code = sqlite3_backup_step(backup, all_pages);
    const int finished = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE && finished == SQLITE_OK) return {};
    return std::unexpected(to.error());
}

StoreResult copy_into(const std::string& from, const std::string& to) {
    Database source;
    if (auto opened = source.open(from, nullptr, Access::reading); !opened) return opened;
    // a file that is no ledger, or is not there, is found by reading it
    if (const auto version = source.integer("PRAGMA user_version"); !version) return std::unexpected(version.error());
    Database target;
    if (auto opened = target.open(to, nullptr, Access::writing); !opened) return opened;
    if (auto prepared = target.run("PRAGMA synchronous=FULL"); !prepared) return prepared;
    if (auto copied = copy_pages(source, target); !copied) return copied;
    return target.run("PRAGMA journal_mode=DELETE");  // one file, nothing beside it
}

} // namespace

StoreResult copy_ledger(const std::string& from, const std::string& to) {
    std::error_code ignored;
    if (std::filesystem::exists(to, ignored))
        return std::unexpected(StoreError{StoreError::Kind::io, to + " exists; a backup never overwrites"});
    const auto mask = ::umask(0077);
    auto copied = copy_into(from, to);
    ::umask(mask);
    if (copied) return copied;
    for (const char* beside : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(to + beside, ignored);
    return copied;
}

StoreResult settle_log(const std::string& path) {
    Database database;
    if (auto opened = database.open(path, nullptr, Access::writing); !opened) return opened;
    return database.empty_log();
}

} // namespace ledger

#pragma once

#include "daemon/backup_files.hpp"
#include "model/event.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hinomi {

/// A file that belongs to the configuration, and its name in a generation.
struct BackupSource {
    std::filesystem::path from;
    std::string name;                                         ///< below the generation's folder
};

/// What is backed up, and where to.
struct BackupSettings {
    std::filesystem::path ledger;                             ///< the running daemon's file
    std::vector<BackupSource> configuration;                  ///< see backup_configuration.hpp
    std::filesystem::path folder;                             ///< of the generations; made when it is not there
    std::size_t generations = 5;                              ///< the guideline asks for five, III.2.3.1 b
    std::string version;                                      ///< of this hinomi
};

/// A file of a generation other than the ledger.
struct BackedUpFile {
    std::string name;                                         ///< below the generation's folder
    std::string sha256;
    std::filesystem::path place;                              ///< where it lay, absolute; empty: an older hinomi did not say
    Belonging belonging;
};

/// One kept generation: a folder with the ledger, the configuration's files and a manifest that holds their digests.
struct Generation {
    std::string id;                                           ///< when it was made, UTC: 20261123T101500Z; the folder's name
    model::WallTime made{};
    std::string version;                                      ///< of the hinomi that made it
    std::uint64_t events = 0;
    model::Sequence last = 0;
    std::string head;                                         ///< of the chain, in hexadecimal
    std::string ledger_sha256;
    std::vector<BackedUpFile> files;                          ///< the configuration
    std::string damage;                                       ///< empty: every file is the one that was verified
};

/// `20261123T101500Z`
std::string backup_id(model::WallTime time);

/// Removes a ledger file with everything that SQLite and the lock leave beside it.
void remove_ledger(const std::filesystem::path& path);

/// Makes a generation: copies the ledger while the daemon writes on, adds the configuration, restores the copy to scratch and
/// verifies its whole chain there, and only then gives it its name. Then removes what is older than the newest `generations` good
/// ones; damaged ones are never removed and never counted. One at a time per folder.
OrSentence<Generation> make_backup(const BackupSettings& settings, model::WallTime now);

/// When the newest generation of a folder was made, by its manifest alone: no digest is looked at, so it is quick, and whoever made it
/// has verified it. Nothing where there is none.
std::optional<model::WallTime> newest_backup(const std::filesystem::path& folder);

/// The generations of a folder, newest first, each compared with its manifest. A folder that does not exist holds none.
OrSentence<std::vector<Generation>> list_backups(const std::filesystem::path& folder);

/// Restores the generation's ledger to the new file `scratch` and verifies it there: the digest, the whole chain, and that it
/// ends where the manifest says. On an error nothing is left.
OrSentence<void> restore_to_scratch(const std::filesystem::path& folder, const Generation& generation,
                                    const std::filesystem::path& scratch);

} // namespace hinomi

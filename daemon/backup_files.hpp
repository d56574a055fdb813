#pragma once

#include <expected>
#include <filesystem>
#include <string>

/// Files as backups need them: whole or not there, and known by their digest. Blocking; for verbs.
namespace hinomi {

/// Errors are sentences for people.
template <typename Value> using OrSentence = std::expected<Value, std::string>;

/// SHA-256 of the file's bytes, in hexadecimal.
OrSentence<std::string> sha256_of(const std::filesystem::path& path);

/// Writes the new file and syncs it; mode 0600.
OrSentence<void> write_durably(const std::filesystem::path& path, const std::string& bytes);

/// Copies into a new file and syncs it; mode 0600.
OrSentence<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// As root: gives the file, or the folder with all in it, to whoever owns the folder around it. What root alone can read stops the daemon.
OrSentence<void> give_to_owner(const std::filesystem::path& path);

/// Whose a file is and who may use it; by names, since numbers differ from machine to machine.
struct Belonging {
    unsigned mode = 0;    ///< permission bits
    std::string owner;    ///< empty: has no name
    std::string group;
};

/// Of a file that exists.
OrSentence<Belonging> belonging_of(const std::filesystem::path& path);

/// Gives the file its mode, and as root its owner and group, where this machine knows them.
OrSentence<void> give(const std::filesystem::path& path, const Belonging& belonging);

/// Syncs the names in a folder.
OrSentence<void> sync_folder(const std::filesystem::path& folder);

} // namespace hinomi

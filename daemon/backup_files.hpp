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

/// Syncs the names in a folder.
OrSentence<void> sync_folder(const std::filesystem::path& folder);

} // namespace hinomi

#pragma once

#include "daemon/backup.hpp"
#include "io/files.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Which files a configuration consists of, their way into a backup, and back.
namespace hinomi {

/// Remembers what was read: a configuration consists of the files that reading it reads. Passes everything on.
class RememberedFiles final : public io::Files {
public:
    explicit RememberedFiles(io::Files& files) : files_(files) {}

    std::expected<std::string, io::FileError> read(std::string path, std::size_t limit) override;
    std::vector<std::string> list(std::string folder, std::string suffix) override;

    /// Paths that could be read, in the order of their first reading.
    [[nodiscard]] const std::vector<std::string>& seen() const { return seen_; }

private:
    io::Files& files_;
    std::vector<std::string> seen_;
};

/// Reads the certificates that the files read so far name under `ca_file`, `certificate_file` or `client_ca_file`, wherever that
/// stands, and returns their paths. They are no secrets; keys are, and stay outside. One that cannot be read is left out: `hinomi
/// check` and `hinomi doctor` speak of it.
std::vector<std::string> read_certificates(RememberedFiles& remembered);

/// Their names in a generation: configuration/ for the main file, and below it conf.d/, templates/LANGUAGE/, certificates/ and, for
/// lists of targets and whatever else was read, lists/.
std::vector<BackupSource> backup_sources(const std::string& main_file, const std::string& templates_folder,
                                         const std::vector<std::string>& read, const std::vector<std::string>& certificates);

/// The machine's files, and where one is missing what the generation has of it: so a configuration can be read on a machine that has
/// only a part of it, or nothing.
class BackedUpFiles final : public io::Files {
public:
    /// `folder`: of the generations.
    BackedUpFiles(io::Files& files, const std::filesystem::path& folder, const Generation& generation);

    std::expected<std::string, io::FileError> read(std::string path, std::size_t limit) override;
    std::vector<std::string> list(std::string folder, std::string suffix) override;

private:
    io::Files& files_;
    std::filesystem::path folder_;   ///< of this generation
    const Generation& generation_;
};

/// What became of a file that was backed up with the ledger.
struct FilePutBack {
    enum class State : std::uint8_t {
        put_back,
        different,   ///< another one is there, and stays
        elsewhere,   ///< missing, and not below the configuration's folder: a person decides
        failed,
    };
    std::filesystem::path place;
    State state = State::put_back;
    std::filesystem::path copy;      ///< in the backup
    std::string why;                 ///< it failed
};

/// Puts back what is missing below `configuration_folder`, with the mode, owner and group that it had. Nothing is overwritten, and
/// nothing is written elsewhere: a backup that was tampered with must not place files for root. Files that are as they were are not told.
std::vector<FilePutBack> put_files_back(const std::filesystem::path& folder, const Generation& generation,
                                        const std::filesystem::path& configuration_folder);

std::string_view word_of(FilePutBack::State state);

} // namespace hinomi

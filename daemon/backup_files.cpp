#include "daemon/backup_files.hpp"

#include "daemon/access.hpp"

#include <fcntl.h>
#include <grp.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace hinomi {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece = 1 << 16;

/// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int value() const { return value_; }
    [[nodiscard]] bool failed() const { return value_ < 0; }

private:
    int value_;
};

std::unexpected<std::string> system_error(const std::filesystem::path& path) {
    return std::unexpected(path.string() + ": " + std::strerror(errno));
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Reads the file piece by piece into `take`, which says whether to go on.
template <typename Take> OrSentence<void> read_pieces(const std::filesystem::path& path, Take take) {
    const Descriptor file(path, O_RDONLY);
    if (file.failed()) return system_error(path);
    std::array<char, piece> bytes{};
    while (true) {
        const auto length = ::read(file.value(), bytes.data(), bytes.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return system_error(path);
        if (length == 0) return {};
        if (!take(std::string_view(bytes.data(), static_cast<std::size_t>(length)))) return {};
    }
}

/// Numbers of names, by the user database of this machine.
class Names {
public:
    std::optional<uid_t> user(const std::string& name) {
        getpwnam_r(name.c_str(), &user_, space_.data(), space_.size(), &user_found_);
        return name.empty() || user_found_ == nullptr ? std::nullopt : std::optional(user_.pw_uid);
    }
    std::optional<gid_t> group(const std::string& name) {
        getgrnam_r(name.c_str(), &group_, space_.data(), space_.size(), &group_found_);
        return name.empty() || group_found_ == nullptr ? std::nullopt : std::optional(group_.gr_gid);
    }

private:
    std::array<char, 16'384> space_{};
    passwd user_{};
    ::group group_{};
    passwd* user_found_ = nullptr;
    ::group* group_found_ = nullptr;
};

} // namespace

OrSentence<std::string> sha256_of(const std::filesystem::path& path) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    const auto read = read_pieces(path, [&](std::string_view bytes) {
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
        return true;
    });
    if (!read) return std::unexpected(read.error());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &length);
    std::string hex;
    for (const auto byte : std::span(digest).first(length)) hex += fmt::format("{:02x}", byte);
    return hex;
}

OrSentence<void> write_durably(const std::filesystem::path& path, const std::string& bytes) {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (file.failed() || !write_all(file.value(), bytes) || ::fsync(file.value()) != 0) return system_error(path);
    return {};
}

OrSentence<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
    const Descriptor target(to, O_WRONLY | O_CREAT | O_EXCL);
    if (target.failed()) return system_error(to);
    bool written = true;
    const auto read = read_pieces(from, [&](std::string_view bytes) { return written = write_all(target.value(), bytes); });
    if (!read) return read;
    if (!written || ::fsync(target.value()) != 0) return system_error(to);
    return {};
}

OrSentence<void> sync_folder(const std::filesystem::path& folder) {
    const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
    if (opened.failed() || ::fsync(opened.value()) != 0) return system_error(folder);
    return {};
}

OrSentence<Belonging> belonging_of(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return system_error(path);
    return Belonging{
        .mode = status.st_mode & 0777U, .owner = known_name_of(status.st_uid).value_or(""), .group = name_of_group(status.st_gid)};
}

OrSentence<void> give(const fs::path& path, const Belonging& belonging) {
    Names names;
    if (::geteuid() == 0) {
        constexpr auto as_it_is = static_cast<uid_t>(-1);
        if (::lchown(path.c_str(), names.user(belonging.owner).value_or(as_it_is), names.group(belonging.group).value_or(as_it_is)) != 0)
            return system_error(path);
    }
    if (::chmod(path.c_str(), belonging.mode & 0777U) != 0) return system_error(path);
    return {};
}

OrSentence<void> give_to_owner(const fs::path& path) {
    struct stat around{};
    if (::geteuid() != 0 || ::stat(path.parent_path().c_str(), &around) != 0) return {};
    std::error_code error;
    std::vector<fs::path> all{path};
    for (fs::recursive_directory_iterator below(path, error), end; !error && below != end; below.increment(error))
        all.push_back(below->path());
    for (const auto& each : all) {
        if (::lchown(each.c_str(), around.st_uid, around.st_gid) == 0 || errno == ENOENT) continue;
        return std::unexpected(each.string() + " cannot be given to the owner of " + path.parent_path().string() + ": " +
                               std::strerror(errno));
    }
    return {};
}

} // namespace hinomi

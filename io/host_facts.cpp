#include "io/host_facts.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

namespace io {

namespace {

constexpr int deepest_stack = 8;  // partitions on volumes on arrays on disks: more is a loop

bool may_open(int kind) {
    const int descriptor = ::socket(AF_INET, kind | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (descriptor < 0) return false;
    ::close(descriptor);
    return true;
}

std::string first_line(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Those on which a ledger must not live; magic numbers from statfs(2).
std::string name_of(std::uint64_t magic) {
    static constexpr std::array<std::pair<std::uint64_t, std::string_view>, 7> names{{{0x01021994, "tmpfs"},
                                                                                      {0x858458f6, "ramfs"},
                                                                                      {0x6969, "nfs"},
                                                                                      {0xff534d42, "cifs"},
                                                                                      {0xfe534d42, "smb2"},
                                                                                      {0x65735546, "fuse"},
                                                                                      {0x01021997, "9p"}}};
    const auto found = std::ranges::find(names, magic, &std::pair<std::uint64_t, std::string_view>::first);
    return found == names.end() ? std::string{} : std::string(found->second);
}

Encryption encryption_of(const std::filesystem::path& folder, int depth) {
    std::error_code error;
    if (depth > deepest_stack || !std::filesystem::exists(folder, error)) return Encryption::unknown;
    if (first_line(folder / "dm" / "uuid").starts_with("CRYPT-")) return Encryption::yes;
    // a partition: its disk is the folder above; a volume: what it is made of is listed
    bool any = false;
    auto result = Encryption::yes;
    for (auto each = std::filesystem::directory_iterator(folder / "slaves", error); !error && each != std::filesystem::directory_iterator{};
         each.increment(error)) {
        any = true;
        const auto below = encryption_of(each->path(), depth + 1);
        if (below != Encryption::yes) result = below;
    }
    return any ? result : Encryption::no;
}

} // namespace

ClockState read_clock_state() {
    timex state{};
    const int result = adjtimex(&state);
    if (result < 0) return {};
    return {.known = true,
            .synchronised = result != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
            .largest_error = model::Milliseconds{state.maxerror / 1'000}};
}

IcmpPermission read_icmp_permission() { return {.raw = may_open(SOCK_RAW), .unprivileged = may_open(SOCK_DGRAM)}; }

std::vector<std::string> read_capabilities() {
    static constexpr std::array<std::pair<unsigned, std::string_view>, 9> words{{{1, "cap_dac_override"},
                                                                                 {2, "cap_dac_read_search"},
                                                                                 {7, "cap_setuid"},
                                                                                 {10, "cap_net_bind_service"},
                                                                                 {12, "cap_net_admin"},
                                                                                 {13, "cap_net_raw"},
                                                                                 {16, "cap_sys_module"},
                                                                                 {19, "cap_sys_ptrace"},
                                                                                 {21, "cap_sys_admin"}}};
    std::ifstream file("/proc/self/status");
    std::uint64_t bits = 0;
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view key = "CapEff:\t";
        if (line.starts_with(key)) std::from_chars(line.data() + key.size(), line.data() + line.size(), bits, 16);
    }
    std::vector<std::string> names;
    for (unsigned bit = 0; bit < 64; ++bit) {
        if ((bits >> bit & 1U) == 0) continue;
        const auto found = std::ranges::find(words, bit, &std::pair<unsigned, std::string_view>::first);
        names.push_back(found == words.end() ? "cap_" + std::to_string(bit) : std::string(found->second));
    }
    return names;
}

Encryption encryption_of(const std::string& folder) { return encryption_of(std::filesystem::path(folder), 0); }

FolderFacts read_folder(const std::string& path) {
    struct stat status{};
    FolderFacts facts;
    if (stat(path.c_str(), &status) != 0) return facts;
    facts.exists = true;
    facts.is_folder = S_ISDIR(status.st_mode);
    facts.writable = access(path.c_str(), W_OK | X_OK) == 0;
    facts.owner = status.st_uid;
    facts.mode = status.st_mode & 07777U;
    struct statvfs space{};
    if (statvfs(path.c_str(), &space) == 0) {
        facts.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
        facts.whole_bytes = std::uint64_t{space.f_blocks} * space.f_frsize;
    }
    struct statfs system{};
    if (statfs(path.c_str(), &system) == 0) facts.file_system = name_of(static_cast<std::uint32_t>(system.f_type));
    facts.encrypted = encryption_of("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev)));
    return facts;
}

FileFacts read_file_facts(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return {};
    return {.exists = true,
            .owner = status.st_uid,
            .mode = status.st_mode & 07777U,
            .unreadable = ::access(path.c_str(), R_OK) != 0,
            .empty = status.st_size == 0};
}

std::uint32_t effective_user() { return geteuid(); }

std::uint64_t most_descriptors() {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

} // namespace io

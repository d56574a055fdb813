#pragma once

#include "model/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace io {

/// How sure the kernel is of its wall clock (adjtimex(2)).
struct ClockState {
    bool known = false;          ///< false: the system does not tell, in a container for example
    bool synchronised = false;
    model::Milliseconds largest_error{0};
};
ClockState read_clock_state();

/// Which ICMP sockets this process may open.
struct IcmpPermission {
    bool raw = false;            ///< CAP_NET_RAW
    bool unprivileged = false;   ///< net.ipv4.ping_group_range
};
IcmpPermission read_icmp_permission();

/// Names of the effective capabilities (capabilities(7)), as far as we have words for them; `cap_N` otherwise.
std::vector<std::string> read_capabilities();

enum class Encryption : std::uint8_t { yes, no, unknown };

/// A folder and the file system that it is on.
struct FolderFacts {
    bool exists = false;
    bool is_folder = false;
    bool writable = false;
    std::uint32_t owner = 0;
    std::uint32_t mode = 0;      ///< permission bits
    std::uint64_t free_bytes = 0;
    std::uint64_t whole_bytes = 0;
    std::string file_system;     ///< tmpfs, nfs, ...; empty: one of the usual ones on a disk
    Encryption encrypted = Encryption::unknown;  ///< yes: somewhere below it is dm-crypt
};
FolderFacts read_folder(const std::string& path);

struct FileFacts {
    bool exists = false;
    std::uint32_t owner = 0;
    std::uint32_t mode = 0;
    bool unreadable = false;     ///< by this process
    bool empty = false;
};
FileFacts read_file_facts(const std::string& path);

/// Whether the block device, or one that it is made of, is encrypted by dm-crypt. `folder`: /sys/dev/block/MAJOR:MINOR.
Encryption encryption_of(const std::string& folder);

std::uint32_t effective_user();
std::uint64_t most_descriptors();

} // namespace io

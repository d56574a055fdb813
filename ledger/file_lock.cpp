#include "ledger/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ledger {

StoreResult FileLock::take(const std::string& path) {
    if (descriptor_ >= 0) return {};
    const auto beside = path + ".lock";
    descriptor_ = ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
        const auto kind = errno == ENOSPC                     ? StoreError::Kind::full
                          : errno == EROFS || errno == EACCES ? StoreError::Kind::read_only
                                                              : StoreError::Kind::io;
        return std::unexpected(StoreError{kind, beside + ": " + std::strerror(errno) + "; make the folder writable for hinomi"});
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        release();
        return std::unexpected(StoreError{StoreError::Kind::locked, path + " is in use by another hinomi; stop that one first"});
    }
    return {};
}

void FileLock::release() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

} // namespace ledger

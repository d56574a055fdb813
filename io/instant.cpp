#include "io/instant.hpp"

#include <charconv>
#include <ctime>
#include <fstream>
#include <string>

namespace io {

namespace {

model::Milliseconds read_clock(clockid_t id) {
    timespec time{};
    clock_gettime(id, &time);
    return model::Milliseconds{time.tv_sec * 1000 + time.tv_nsec / 1'000'000};
}

/// The first 64 bits of the kernel's boot id; 1 where it cannot be read, so that boots then look alike.
model::BootId read_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    file >> text;
    std::erase(text, '-');
    model::BootId boot_id = 1;
    if (text.size() >= 16) std::from_chars(text.data(), text.data() + 16, boot_id, 16);
    return boot_id;
}

} // namespace

model::Instant read_instant() {
    static const auto boot_id = read_boot_id();  // cannot change while we run
    return {model::WallTime{read_clock(CLOCK_REALTIME)}, read_clock(CLOCK_BOOTTIME), boot_id};
}

} // namespace io

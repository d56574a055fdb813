#include "io/instant.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <random>
#include <string>

namespace io {

namespace {

model::Milliseconds read_clock(clockid_t id) {
    timespec time{};
    clock_gettime(id, &time);
    return model::Milliseconds{time.tv_sec * 1000 + time.tv_nsec / 1'000'000};
}

std::string read_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    file >> text;
    return text;
}

} // namespace

model::BootId boot_id_of(std::string text) {
    std::erase(text, '-');
    model::BootId boot_id = 0;
    const auto* const end = text.data() + std::min<std::size_t>(text.size(), 16);
    if (text.size() >= 16 && std::from_chars(text.data(), end, boot_id, 16).ptr == end && boot_id != 0) return boot_id;
    std::random_device random;
    return model::BootId{random()} << 32U | random();
}

model::Instant read_instant() {
    static const auto boot_id = boot_id_of(read_boot_id());  // cannot change while we run
    return {model::WallTime{read_clock(CLOCK_REALTIME)}, read_clock(CLOCK_BOOTTIME), boot_id};
}

} // namespace io

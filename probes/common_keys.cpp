#include "probes/common_keys.hpp"

#include "config/watch_keys.hpp"

#include <charconv>

#include <fmt/format.h>

namespace probes {

namespace {

std::size_t bytes_per(std::string_view unit) {
    if (unit == "B") return 1;
    if (unit == "KiB") return 1 << 10;
    return unit == "MiB" ? 1 << 20 : 0;
}

std::string shown_size(std::size_t size) {
    if (size % (1 << 20) == 0) return fmt::format("{}MiB", size >> 20);
    return size % (1 << 10) == 0 ? fmt::format("{}KiB", size >> 10) : fmt::format("{}B", size);
}

} // namespace

void refuse_other_keys(const config::Node& block, const std::vector<std::string_view>& own, config::Problems& problems) {
    auto known = config::common_watch_keys();
    known.insert(known.end(), own.begin(), own.end());
    config::refuse_unknown_keys(block, known, problems);
}

io::AddressFamily read_family(const config::Node& block, config::Problems& problems) {
    const auto node = block.get("ip_version");
    const auto version = config::read_word(node, {"4", "6"}, problems);
    if (!version) return io::AddressFamily::any;
    return *version == "4" ? io::AddressFamily::ipv4 : io::AddressFamily::ipv6;
}

std::optional<std::size_t> read_size(const config::Node& node, std::size_t highest, config::Problems& problems) {
    const auto text = config::read_string(node, problems);
    if (!text) return std::nullopt;
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    const auto unit = bytes_per({end, text->data() + text->size()});
    if (error == std::errc{} && unit != 0 && count > 0 && count <= highest / unit) return count * unit;
    problems.push_back({node.position(), fmt::format("{} is no size from 1B to {}", config::shown(*text), shown_size(highest)),
                        "Write a whole number with a unit: 512B, 64KiB, 1MiB"});
    return std::nullopt;
}

} // namespace probes

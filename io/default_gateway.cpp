#include "io/default_gateway.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sstream>

namespace io {

namespace {

constexpr std::uint32_t is_up = 1;
constexpr std::uint32_t has_gateway = 2;
constexpr std::size_t most_routes = 10'000;

std::optional<std::uint32_t> number(const std::string& text, int base) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// The kernel writes the address as a number of its own byte order, which is the network's in memory.
std::string address_of(std::uint32_t number) {
    std::array<char, INET_ADDRSTRLEN> text{};
    const in_addr address{number};
    return inet_ntop(AF_INET, &address, text.data(), text.size()) == nullptr ? "" : text.data();
}

} // namespace

std::optional<std::string> default_gateway_in(std::string_view routes) {
    std::istringstream lines{std::string(routes)};
    std::string line;
    std::getline(lines, line);  // the titles
    std::optional<std::uint32_t> best;
    std::string gateway;
    for (std::size_t count = 0; count < most_routes && std::getline(lines, line); ++count) {
        std::istringstream words(line);
        std::string interface, destination, next, flags, references, use, metric, mask;
        words >> interface >> destination >> next >> flags >> references >> use >> metric >> mask;
        const auto address = number(next, 16);
        const auto flag_bits = number(flags, 16).value_or(0);
        const auto cost = number(metric, 10);
        const bool is_default = number(destination, 16) == 0U && number(mask, 16) == 0U;
        if (!is_default || !address || !cost || (flag_bits & is_up) == 0 || (flag_bits & has_gateway) == 0) continue;
        if (best && *best <= *cost) continue;
        best = cost;
        gateway = address_of(*address);
    }
    return best ? std::optional(gateway) : std::nullopt;
}

std::optional<std::string> default_gateway() {
    std::ostringstream text;
    text << std::ifstream("/proc/net/route").rdbuf();
    return default_gateway_in(text.str());
}

} // namespace io

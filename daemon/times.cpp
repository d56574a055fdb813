#include "daemon/times.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace hinomi {

namespace {

const date::time_zone* zone_of(const std::string& name) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return date::locate_zone("UTC");
    }
}

template <typename Time> std::optional<Time> read(const std::string& text, const char* pattern) {
    std::istringstream in(text);
    Time time;
    in >> date::parse(pattern, time);
    if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
    return time;
}

/// Whether the text begins as `shape`, in which d is a digit.
bool begins_as(std::string_view text, std::string_view shape) {
    if (text.size() < shape.size()) return false;
    return std::ranges::equal(text.substr(0, shape.size()), shape,
                              [](char letter, char wanted) { return wanted == 'd' ? letter >= '0' && letter <= '9' : letter == wanted; });
}

} // namespace

std::string rfc3339(model::WallTime time, const std::string& zone) {
    if (time == model::WallTime{}) return "";
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return date::format("%FT%T%Ez", date::make_zoned(zone_of(zone), date::sys_seconds{seconds}));
}

std::optional<model::WallTime> parse_time(const std::string& text, const std::string& zone) {
    auto clean = text;
    if (!clean.empty() && (clean.back() == 'Z' || clean.back() == 'z')) clean = clean.substr(0, clean.size() - 1) + "+00:00";
    if (const auto blank = clean.find(' '); blank != std::string::npos) clean[blank] = 'T';
    // Looked at first: date::parse computes with seconds that it has not read when a text ends before them.
    const bool with_seconds = begins_as(clean, "dddd-dd-ddTdd:dd:dd");
    if (!with_seconds && !begins_as(clean, "dddd-dd-ddTdd:dd")) return std::nullopt;
    if (const auto time = read<date::sys_time<model::Milliseconds>>(clean, with_seconds ? "%FT%T%Ez" : "%FT%H:%M%Ez"))
        return model::WallTime{time->time_since_epoch()};
    const auto local = read<date::local_time<model::Milliseconds>>(clean, with_seconds ? "%FT%T" : "%FT%H:%M");
    if (!local) return std::nullopt;
    const auto info = zone_of(zone)->get_info(*local);
    if (info.result != date::local_info::unique) return std::nullopt;
    return model::WallTime{local->time_since_epoch() - info.first.offset};
}

std::string spoken(model::Milliseconds duration) {
    struct Unit {
        std::int64_t length;
        const char* name;
    };
    static constexpr std::array<Unit, 5> units{{{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}, {1, "ms"}}};
    auto left = duration.count();
    const std::string sign = left < 0 ? "-" : "";
    left = left < 0 ? -left : left;
    for (std::size_t index = 0; index < units.size(); ++index) {
        if (left < units[index].length) continue;
        auto text = fmt::format("{}{}{}", sign, left / units[index].length, units[index].name);
        left %= units[index].length;
        if (index + 1 < units.size() && index < 3 && left >= units[index + 1].length)
            text += fmt::format(" {}{}", left / units[index + 1].length, units[index + 1].name);
        return text;
    }
    return "0s";
}

} // namespace hinomi

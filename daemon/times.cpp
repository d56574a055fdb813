#include "daemon/times.hpp"

#include <date/tz.h>
#include <fmt/format.h>

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
    for (const auto* pattern : {"%FT%T%Ez", "%FT%H:%M%Ez"}) {
        if (const auto time = read<date::sys_time<model::Milliseconds>>(clean, pattern)) return model::WallTime{time->time_since_epoch()};
    }
    for (const auto* pattern : {"%FT%T", "%FT%H:%M"}) {
        const auto local = read<date::local_time<model::Milliseconds>>(clean, pattern);
        if (!local) continue;
        const auto info = zone_of(zone)->get_info(*local);
        if (info.result != date::local_info::unique) return std::nullopt;
        return model::WallTime{local->time_since_epoch() - info.first.offset};
    }
    return std::nullopt;
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

#include "daemon/calendar.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <stdexcept>

namespace hinomi {

namespace {

const date::time_zone* find_zone(const std::string& name) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return nullptr;  // checked when the configuration is read; UTC is the honest fallback for a lost zone file
    }
}

} // namespace

void Calendar::look_up(model::WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto* zone = find_zone(zone_);
    std::chrono::seconds offset{0};
    model::WallTime until = model::WallTime::max();
    model::WallTime from = model::WallTime::min();
    if (zone != nullptr) {
        const auto info = zone->get_info(seconds);
        offset = info.offset;
        // far-away borders of the zone data do not fit milliseconds: clamp them to the day
        from = std::max(model::WallTime{time - std::chrono::days{2}},
                        model::WallTime{std::max(info.begin, date::sys_seconds{seconds - std::chrono::days{2}})});
        until = model::WallTime{std::min(info.end, date::sys_seconds{seconds + std::chrono::days{2}})};
    }
    const auto day = std::chrono::floor<std::chrono::days>(seconds + offset);
    const std::chrono::year_month_day local{day};
    date_ = fmt::format("{:04}{:02}{:02}", static_cast<int>(local.year()), static_cast<unsigned>(local.month()),
                        static_cast<unsigned>(local.day()));
    valid_from_ = std::max(from, model::WallTime{day - offset});
    valid_until_ = std::min(until, model::WallTime{day + std::chrono::days{1} - offset});
}

const std::string& Calendar::date(model::WallTime time) {
    if (time < valid_from_ || time >= valid_until_) look_up(time);
    return date_;
}

std::string Calendar::month(model::WallTime time) {
    const auto& day = date(time);
    return day.substr(0, 4) + "-" + day.substr(4, 2);
}

} // namespace hinomi

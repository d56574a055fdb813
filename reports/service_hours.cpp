#include "reports/service_hours.hpp"

#include "reports/zone.hpp"

#include <algorithm>

namespace reports {

namespace {

bool closed_on(const model::Service& service, date::local_days day) {
    const date::year_month_day date{day};
    const std::chrono::year_month_day same{std::chrono::year{static_cast<int>(date.year())},
                                           std::chrono::month{static_cast<unsigned>(date.month())},
                                           std::chrono::day{static_cast<unsigned>(date.day())}};
    return std::ranges::find(service.closed_on, same) != service.closed_on.end();
}

} // namespace

IntervalSet service_hours(const model::Service& service, const Interval& window) {
    if (window.empty()) return {};
    if (service.hours.empty() && service.closed_on.empty()) return {window};
    static const std::vector<model::WeeklyHours> whole_days{{.weekday = 1}, {.weekday = 2}, {.weekday = 3}, {.weekday = 4},
                                                            {.weekday = 5}, {.weekday = 6}, {.weekday = 7}};
    const auto& weekly = service.hours.empty() ? whole_days : service.hours;
    const Zone zone(service.time_zone);
    const auto first = date::floor<date::days>(zone.to_local(window.from));
    const auto last = date::floor<date::days>(zone.to_local(window.to));
    IntervalSet result;
    for (auto day = first; day <= last; day += date::days{1}) {
        if (closed_on(service, day)) continue;
        const auto weekday = date::weekday{day}.iso_encoding();
        for (const auto& stretch : weekly) {
            if (stretch.weekday != weekday) continue;
            const auto at = [&](std::uint16_t minute) { return zone.to_wall(day + std::chrono::minutes{minute}); };
            result.add({at(stretch.from_minute), at(stretch.to_minute)});
        }
    }
    return result.intersected(window);
}

} // namespace reports

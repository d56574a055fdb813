#include "daemon/regular_maintenance.hpp"

#include <date/tz.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace hinomi {

namespace {

using model::RecurringWindow;

constexpr model::Milliseconds a_day{24 * 3'600'000};

const date::time_zone* zone_of(const std::string& name) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return date::locate_zone("UTC");  // checked when the configuration is read
    }
}

bool is_nth(const date::year_month_day& day, const RecurringWindow& window) {
    const auto weekday = date::weekday{date::local_days{day}};
    if (weekday.iso_encoding() != window.weekday) return false;
    const auto number = (static_cast<unsigned>(day.day()) - 1) / 7 + 1;
    constexpr unsigned last = 5;
    if (window.nth != last) return number == window.nth;
    return date::year_month_day{date::local_days{day} + date::days{7}}.month() != day.month();
}

bool matches(const date::local_days& local, const RecurringWindow& window) {
    const date::year_month_day day{local};
    switch (window.every) {
    case RecurringWindow::Every::day: return true;
    case RecurringWindow::Every::week: return date::weekday{local}.iso_encoding() == window.weekday;
    case RecurringWindow::Every::month: return window.day > 0 ? static_cast<unsigned>(day.day()) == window.day : is_nth(day, window);
    }
    return false;
}

using Planned = std::set<std::pair<std::string, model::WallTime>>;  ///< service and start

bool is_declared(const incidents::Book& book, const std::string& service, model::WallTime start) {
    return std::ranges::any_of(book.maintenances, [&](const auto& entry) {
        const auto& window = entry.second.maintenance;
        return window.regular && window.start == start && window.services == std::vector{service};
    });
}

} // namespace

std::vector<Occurrence> occurrences(const RecurringWindow& window, model::WallTime from, model::WallTime until) {
    std::vector<Occurrence> found;
    const auto* zone = zone_of(window.time_zone);
    const auto local_day = [&](model::WallTime time) {
        return date::floor<date::days>(zone->to_local(date::sys_seconds{std::chrono::floor<std::chrono::seconds>(time)}));
    };
    for (auto day = local_day(from) - date::days{1}; day <= local_day(until); day += date::days{1}) {
        if (!matches(day, window)) continue;
        const auto local = day + std::chrono::minutes{window.from_minute};
        const auto info = zone->get_info(date::local_seconds{local});
        const auto change = date::sys_seconds{info.first.end};
        const auto start = info.result == date::local_info::nonexistent
                               ? model::WallTime{change.time_since_epoch()}
                               : model::WallTime{date::local_seconds{local}.time_since_epoch() - info.first.offset};
        if (start >= from && start < until) found.push_back({start, start + window.lasts});
    }
    return found;
}

std::vector<model::Payload> regular_maintenance(const incidents::Book& book, const model::Directory& directory,
                                                const incidents::Moment& moment) {
    Planned planned;
    const auto now = moment.now.wall;
    for (const auto& [name, service] : directory.services) {
        for (const auto& window : service.regular_maintenance) {
            // The present minute may have begun: what starts now cannot be declared any more.
            for (const auto& each : occurrences(window, now + model::Milliseconds{1}, now + window.lead + a_day)) {
                planned.emplace(name, each.start);
                if (is_declared(book, name, each.start)) continue;
                auto decision = incidents::declare_maintenance(book, directory, moment,
                                                               {.title = window.title,
                                                                .services = {name},
                                                                .tenants = {},
                                                                .start = each.start,
                                                                .end = each.end,
                                                                .regular = true,
                                                                .lead = window.lead});
                if (decision) return std::move(*decision);  // one at a time: its number must be known to the next
            }
        }
    }
    for (const auto& [id, facts] : book.maintenances) {
        const auto& window = facts.maintenance;
        if (!window.regular || facts.cancelled || facts.ended || window.start <= now || window.services.empty()) continue;
        if (planned.contains({window.services.front(), window.start})) continue;
        auto decision = incidents::cancel_maintenance(book, directory, moment, id, "no longer in the configuration");
        if (decision) return std::move(*decision);
    }
    return {};
}

} // namespace hinomi

#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::array<std::string_view, 7> days{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr model::Milliseconds longest_window{86'400'000};
constexpr model::Milliseconds longest_lead{366LL * 86'400'000};

/// 1 Monday .. 7 Sunday; 0 for another word.
std::uint8_t weekday_of(std::string_view word) {
    const auto found = std::ranges::find(days, word);
    return found == days.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found - days.begin() + 1);
}

/// The number that a whole text is.
template <typename Number> std::optional<Number> whole_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// `09:00` -> 540; `24:00` ends a day.
std::optional<std::uint16_t> minute_of(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = whole_number<std::uint16_t>(text.substr(0, 2));
    const auto minute = whole_number<std::uint16_t>(text.substr(3));
    if (!hour || !minute || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) return std::nullopt;
    return static_cast<std::uint16_t>(*hour * 60 + *minute);
}

/// `09:00-12:00, 13:00-18:00` of one weekday.
void read_day(const Node& node, std::uint8_t weekday, model::Service& service, Problems& problems) {
    const auto text = read_string(node, problems);
    if (!text) return;
    std::uint16_t open_from = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        auto part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        const auto dash = std::min(part.find('-'), part.size());
        const auto from = minute_of(part.substr(0, dash));
        const auto to = dash < part.size() ? minute_of(part.substr(dash + 1)) : std::nullopt;
        if (!from || !to || *from >= *to || *from < open_from) {
            problems.push_back({node.position(), fmt::format("{} are no hours of a day", shown(part)),
                                "Write \"09:00-12:00, 13:00-18:00\", in order; 24:00 ends a day, and a night is two days"});
            return;
        }
        open_from = *to;
        service.hours.push_back({.weekday = weekday, .from_minute = *from, .to_minute = *to});
    }
}

std::optional<std::chrono::year_month_day> date_of(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = whole_number<int>(text.substr(0, 4));
    const auto month = whole_number<unsigned>(text.substr(5, 2));
    const auto day = whole_number<unsigned>(text.substr(8));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month}, std::chrono::day{*day}};
    return date.ok() ? std::optional(date) : std::nullopt;
}

void read_closed_on(const Node& list, model::Service& service, Problems& problems) {
    if (!is_list(list, problems)) return;
    for (const auto& item : list.items()) {
        const auto text = read_string(item, problems);
        if (!text) continue;
        if (const auto date = date_of(*text)) service.closed_on.push_back(*date);
        else problems.push_back({item.position(), fmt::format("{} is not a date", shown(*text)), "Write YYYY-MM-DD"});
    }
    std::ranges::sort(service.closed_on);
}

void read_clock(const Node& node, model::RecurringWindow& window, Problems& problems) {
    const auto text = read_string(node, problems);
    if (!text) return;
    const auto minute = minute_of(*text);
    if (minute && *minute < 1440) window.from_minute = *minute;
    else problems.push_back({node.position(), fmt::format("{} is not a time of day", shown(*text)), "Write from: \"02:00\", local time"});
}

/// `2nd sunday`, `last friday`, `15`.
bool read_day_of_month(std::string_view text, model::RecurringWindow& window) {
    constexpr std::array<std::string_view, 5> ordinals{"1st", "2nd", "3rd", "4th", "last"};
    const auto space = text.find(' ');
    if (space == std::string_view::npos) {
        const auto day = whole_number<std::uint8_t>(text);
        if (!day || *day < 1 || *day > 31) return false;
        window.day = *day;
        return true;
    }
    const auto ordinal = std::ranges::find(ordinals, text.substr(0, space));
    window.weekday = weekday_of(text.substr(space + 1));
    if (ordinal == ordinals.end() || window.weekday == 0) return false;
    window.nth = static_cast<std::uint8_t>(ordinal - ordinals.begin() + 1);
    return true;
}

void read_on(const Node& map, model::RecurringWindow& window, Problems& problems) {
    using Every = model::RecurringWindow::Every;
    const auto node = map.get("day");
    if (window.every == Every::day) {
        if (node.present()) problems.push_back({map.key_position("day"), "a daily window has no day", "Remove day, or write every: week"});
        return;
    }
    const bool weekly = window.every == Every::week;
    const std::string remedy = weekly ? "Write day: sunday" : "Write day: 15, or day: 2nd sunday, or day: last friday";
    const auto text = read_string(require(map, "day", remedy, problems), problems);
    if (!text) return;
    if (weekly) window.weekday = weekday_of(*text);
    const bool sound = weekly ? window.weekday != 0 : read_day_of_month(*text, window);
    const std::vector<std::string_view> known(days.begin(), days.end());
    if (!sound) {
        problems.push_back({node.position(), fmt::format("{} is no day of a {}", shown(*text), weekly ? "week" : "month"),
                            weekly ? suggest(*text, known, remedy) : remedy});
    }
}

model::RecurringWindow read_window(const Node& map, Problems& problems) {
    using Every = model::RecurringWindow::Every;
    model::RecurringWindow window;
    refuse_unknown_keys(map, "maintenance", problems);
    const auto every = read_word(require(map, "every", "Add every: day, week or month", problems), {"day", "week", "month"}, problems);
    if (every) {
        window.every = *every == "day" ? Every::day : *every == "week" ? Every::week : Every::month;
        read_on(map, window, problems);
    }
    read_clock(require(map, "from", "Add from: \"02:00\"", problems), window, problems);
    const auto lasts = require(map, "for", "Add for: 2h", problems);
    window.lasts = read_duration(lasts, model::Milliseconds{60'000}, longest_window, problems).value_or(window.lasts);
    if (auto zone = read_time_zone(map.get("timezone"), problems)) window.time_zone = std::move(*zone);
    window.lead = read_duration(map.get("lead"), model::Milliseconds{0}, longest_lead, problems).value_or(window.lead);
    window.title = read_string(map.get("title"), problems).value_or("");
    return window;
}

} // namespace

void read_hours(const Node& hours, model::Service& service, Problems& problems) {
    service.hours_declared = hours.present();
    if (hours.kind() == NodeKind::scalar) read_word(hours, {"always"}, problems);
    else if (hours.present() && hours.kind() == NodeKind::null) read_string(hours, problems);
    if (hours.kind() == NodeKind::scalar || !is_map(hours, problems)) return;
    refuse_unknown_keys(hours, "hours", problems);
    for (std::uint8_t day = 1; day <= 7; ++day) {
        // The narrower word counts: a day of its own, then weekdays, then daily.
        auto node = hours.get(days[day - 1U]);
        if (!node.present() && day <= 5) node = hours.get("weekdays");
        if (!node.present()) node = hours.get("daily");
        if (node.present()) read_day(node, day, service, problems);
    }
    read_closed_on(hours.get("closed_on"), service, problems);
    if (service.hours.empty() && !any_error(problems))
        problems.push_back({hours.position(), "the service is never offered", "Add hours: {weekdays: \"09:00-18:00\"}, or hours: always"});
}

void read_regular_maintenance(const Node& windows, model::Service& service, Problems& problems) {
    service.maintenance_declared = windows.present();
    if (windows.kind() == NodeKind::scalar) read_word(windows, {"none"}, problems);
    else if (windows.present() && windows.kind() == NodeKind::null) read_string(windows, problems);
    if (windows.kind() == NodeKind::scalar || !is_list(windows, problems)) return;
    for (const auto& item : windows.items()) {
        if (item.kind() == NodeKind::map) service.regular_maintenance.push_back(read_window(item, problems));
        else
            problems.push_back(
                {item.position(), "this is not a maintenance window", "Write - {every: week, day: sunday, from: \"02:00\", for: 2h}"});
    }
}

} // namespace config

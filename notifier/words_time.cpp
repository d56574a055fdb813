#include "notifier/words_time.hpp"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <exception>
#include <optional>

namespace notifier {

namespace {

struct Local {
    date::local_time<model::Milliseconds> time;
    std::string zone;
};

bool is_sayable(model::WallTime time) {
    using namespace std::chrono_literals;
    return time.time_since_epoch() > 0ms && time < date::sys_days{date::year{9999} / 12 / 31};
}

// An abbreviation such as JST; zones without one carry an offset (-03), which alone would puzzle the reader.
std::string name_of(const std::string& abbreviation) {
    const bool offset = !abbreviation.empty() && (abbreviation.front() == '+' || abbreviation.front() == '-');
    return offset ? "UTC" + abbreviation : abbreviation;
}

Local localise(model::WallTime time, const std::string& zone) {
    if (!zone.empty() && zone != "UTC") {
        try {
            const date::time_zone* found = date::locate_zone(zone);
            const date::sys_info info = found->get_info(time);
            return {date::local_time<model::Milliseconds>{time.time_since_epoch() + info.offset}, name_of(info.abbrev)};
        } catch (const std::exception&) {  // an unknown zone or unreadable zone data must not stop a notice
        }
    }
    return {date::local_time<model::Milliseconds>{time.time_since_epoch()}, "UTC"};
}

std::string day_of(date::local_days day, std::string_view separator) {
    const date::year_month_day parts{day};
    return fmt::format("{:04}{}{:02}{}{:02}", static_cast<int>(parts.year()), separator, static_cast<unsigned>(parts.month()), separator,
                       static_cast<unsigned>(parts.day()));
}

} // namespace

std::string say_time(model::WallTime time, const std::string& zone) {
    if (!is_sayable(time)) return {};
    const Local local = localise(time, zone);
    const auto day = date::floor<date::days>(local.time);
    const date::hh_mm_ss<model::Milliseconds> clock{local.time - day};
    return fmt::format("{} {:02}:{:02} {}", day_of(day, "-"), clock.hours().count(), clock.minutes().count(), local.zone);
}

std::string rfc3339(model::WallTime time) {
    if (!is_sayable(time)) return {};
    const Local utc = localise(time, "UTC");
    const auto day = date::floor<date::days>(utc.time);
    const date::hh_mm_ss<model::Milliseconds> clock{utc.time - day};
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", day_of(day, "-"), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count(), clock.subseconds().count());
}

std::string say_day(model::WallTime time, const std::string& zone) {
    if (!is_sayable(time)) return "19700101";
    return day_of(date::floor<date::days>(localise(time, zone).time), "");
}

std::string say_duration(model::Milliseconds duration, model::Language language) {
    const bool ja = language == model::Language::ja;
    const auto minutes = std::chrono::round<std::chrono::minutes>(duration).count();
    if (duration < std::chrono::minutes{1}) return ja ? "1分未満" : "less than 1 minute";
    if (minutes == 1) return ja ? "1分" : "1 minute";
    if (minutes < 60) return ja ? fmt::format("{}分", minutes) : fmt::format("{} minutes", minutes);
    const auto hours = minutes / 60;
    const auto rest = minutes % 60;
    if (ja) return rest == 0 ? fmt::format("{}分({}時間)", minutes, hours) : fmt::format("{}分({}時間{}分)", minutes, hours, rest);
    return rest == 0 ? fmt::format("{} minutes ({} h)", minutes, hours) : fmt::format("{} minutes ({} h {} min)", minutes, hours, rest);
}

} // namespace notifier

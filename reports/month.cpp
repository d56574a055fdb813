#include "reports/month.hpp"

#include "reports/zone.hpp"

namespace reports {

namespace {

date::year_month local_month(const Zone& zone, model::WallTime time) {
    const date::year_month_day day{date::floor<date::days>(zone.to_local(time))};
    return day.year() / day.month();
}

Interval whole_month(const Zone& zone, date::year_month month) {
    const auto begin = [&zone](date::year_month of) { return zone.to_wall(date::local_days{of / 1}); };
    return {begin(month), begin(month + date::months{1})};
}

} // namespace

Interval month_of(const std::string& zone, model::WallTime time) {
    const Zone found(zone);
    return whole_month(found, local_month(found, time));
}

Interval month_before(const std::string& zone, model::WallTime time) {
    const Zone found(zone);
    return whole_month(found, local_month(found, time) - date::months{1});
}

} // namespace reports

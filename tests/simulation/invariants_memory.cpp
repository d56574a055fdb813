#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

/// What a long run may hold and write, looked at every simulated hour.
namespace simulation {

namespace {

constexpr Milliseconds look_every{3'600'000};
constexpr std::ptrdiff_t number_keepers = 2;  // incidents that are kept for their numbers
// events of an hour; what is on its way, or was begun in the hour before, makes some in this one
constexpr std::uint64_t events_of_a_calm_hour = 20;
constexpr std::uint64_t events_of_a_fault = 1;  // for each watch and tenant
constexpr std::uint64_t events_of_an_uneven_visit = 2;  // a target that is bad now and then begins and ends runs of failures
constexpr std::uint64_t events_of_a_sending = 2;

} // namespace

/// What is over stays for less than an hour: a relapse reaches back ten minutes, and is confirmed within ten more.
void Invariants::look_every_hour() {
    if (world_.now < next_hour_) return;
    next_hour_ = world_.now + look_every;
    check_hour_of_events();
    auto over = what_is_over();
    std::set<std::string> stayed;
    std::ranges::set_intersection(over, over_, std::inserter(stayed, stayed.end()));
    over_ = std::move(over);
    const auto is_incident = [](const auto& what) { return what.starts_with("INC"); };
    for (const auto& what : stayed) {
        if (!is_incident(what) || std::ranges::count_if(stayed, is_incident) > number_keepers)
            violated("memory_stays_bounded", what + " has been over for an hour");
    }
}

/// Incidents that ended with all their duties, notices and duties of nothing that is left, watches that left and of which nothing is
/// open. What may begin again, an incident by a relapse, is named with the instant of its end.
std::set<std::string> Invariants::what_is_over() const {
    const auto& book = engine_->book();
    std::set<std::string> busy;  // subjects of which somebody is still being told, or has to be
    for (const auto& line : engine_->outbox().lines(std::numeric_limits<std::size_t>::max()))
        busy.insert(line.subjects.begin(), line.subjects.end());
    for (const auto& [id, duty] : book.duties) {
        if (!duty.settled) busy.insert(duty.subject);
    }
    std::map<std::string, std::string> ends;
    for (const auto& [id, incident] : book.incidents) {
        if (!incident.open() && !busy.contains(id)) ends[id] = " since " + std::to_string(incident.restore.wall.time_since_epoch().count());
    }
    std::set<std::string> over;
    for (const auto& [id, end] : ends) over.insert(id + end);
    const auto alive = [&](const auto& subject) {
        return busy.contains(subject) || book.maintenances.contains(subject) ||
               (book.incidents.contains(subject) && !ends.contains(subject));
    };
    for (const auto& [id, duty] : book.duties) {
        if (!alive(duty.subject)) over.insert("duty " + id + ends[duty.subject]);
    }
    for (const auto& [id, notice] : book.notices) {
        if (!notice.finished() || std::ranges::any_of(notice.kept_for, alive)) continue;
        auto name = "notice " + id;
        for (const auto& subject : notice.kept_for) name += ends[subject];
        over.insert(std::move(name));
    }
    for (const auto& [id, facts] : book.watches) {
        const bool open = facts.run || facts.unknown || facts.confirmed || !book.member_of(id).empty();
        if (!open && !engine_->watching().knows(id)) over.insert("watch " + id);
    }
    return over;
}

/// An hour's events come from what happened in it and in the hour before, and from attempts to deliver; the rest is next to nothing.
void Invariants::check_hour_of_events() {
    std::uint64_t faults = world_.life;
    for (const auto& [kind, count] : world_.faults) faults += count;
    const auto happened = faults - faults_before_the_last_hour_;
    const auto sendings = world_.sendings - std::exchange(sendings_before_, world_.sendings);
    const auto visits = world_.uneven_visits - std::exchange(uneven_visits_before_, world_.uneven_visits);
    const auto parties = topology_.watches.size() + topology_.directory.tenants.size();
    const auto most = events_of_a_calm_hour + events_of_a_fault * happened * parties + events_of_a_sending * sendings +
                      events_of_an_uneven_visit * visits;
    const auto events = std::exchange(events_of_the_hour_, 0);
    faults_before_the_last_hour_ = std::exchange(faults_before_the_hour_, faults);
    if (events > most)
        violated("store_stays_bounded", std::to_string(events) + " events in an hour with " + std::to_string(happened) + " faults and " +
                                            std::to_string(sendings) + " attempts to deliver");
}

} // namespace simulation

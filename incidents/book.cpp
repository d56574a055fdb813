#include "incidents/book.hpp"

#include "incidents/elapsed.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

namespace incidents {

using model::Milliseconds;
using model::Sequence;

namespace {

/// A relapse is dated by its first bad sample, which is confirmed only later: incidents stay for so much longer.
constexpr Milliseconds confirmation_margin{10 * 60'000};
constexpr std::size_t many_clock_events = 64;

/// The events that what is open of a watch came from; 0: none.
std::array<Sequence, 3> sources_of_open(const WatchFacts& facts) {
    return {facts.run ? facts.run->suspected_by : 0, facts.run ? facts.run->confirmed_by : 0, facts.unknown ? facts.unknown->began_by : 0};
}

} // namespace

std::vector<DutyTransition> Book::apply(const model::Event& event) {
    Transitions transitions;
    std::visit([&](const auto& payload) { fold(event, payload, transitions); }, event.payload);
    return transitions;
}

void Book::adjust_clocks(const std::function<void(model::Deadline&)>& adjust) {
    for (auto& [id, duty] : duties) {
        adjust(duty.deadline);  // of settled ones as well: a bounce may open them again
        if (!duty.settled) refresh(duty);
    }
    unknown_spells.clear();
    for (auto& [id, facts] : watches) {
        if (facts.run) adjust(facts.run->clock);
        if (!facts.unknown) continue;
        adjust(facts.unknown->clock);
        if (!facts.unknown->told) unknown_spells.emplace(boot_when(facts.unknown->clock, facts.unknown->clock.limit), id);
    }
}

void Book::fold(const model::Event& event, const model::Started& payload, Transitions&) {
    const bool new_boot = started.boot_id != event.time.boot_id;
    started = event.time;
    started_by_ = event.sequence;
    drop_stale_pages();
    if (!new_boot) return;
    clock_events_.push_back(event.sequence);
    adjust_clocks([&](model::Deadline& deadline) { deadline = carry_over(deadline, payload.last_heartbeat, event.time); });
    for (auto& [incident, at] : page_at_) {
        if (at.boot_id == event.time.boot_id) continue;
        pages.erase({at.boot, incident});  // boot times of another boot mean nothing now
        at = event.time;
        pages.emplace(at.boot, incident);
    }
}

/// A snapshot holds what is kept for its number, but no longer the page that told of it; that is older than any page still due.
void Book::drop_stale_pages() {
    for (auto place = page_at_.begin(); place != page_at_.end();) {
        const auto incident = incidents.find(place->first);
        const bool stale = incident != incidents.end() && !incident->second.open() && incident->second.tenants.empty() &&
                           since(incident->second.recover_confirm, started) > confirmation_margin;
        if (stale) pages.erase({place->second.boot, place->first});
        place = stale ? page_at_.erase(place) : std::next(place);
    }
}

void Book::fold(const model::Event& event, const model::ClockStepped& payload, Transitions&) {
    if (payload.step <= Milliseconds{0}) return;
    clock_events_.push_back(event.sequence);
    adjust_clocks([&](model::Deadline& deadline) { deadline = step_forward(deadline, payload.step, event.time); });
}

Sequence Book::oldest_clock() const {
    auto oldest = std::numeric_limits<Sequence>::max();
    const auto consider = [&](Sequence sequence) {
        if (sequence > 0) oldest = std::min(oldest, sequence);
    };
    for (const auto& [id, facts] : watches) {
        for (const auto sequence : sources_of_open(facts)) consider(sequence);
    }
    for (const auto& [id, incident] : incidents) {
        if (!number_keepers_.contains(id)) consider(incident.history.front());
    }
    for (const auto& [id, facts] : maintenances) {
        if (!facts.only_its_number) consider(facts.history.front());
    }
    return oldest;
}

std::vector<Sequence> Book::live_events() const {
    std::vector<Sequence> live;
    const auto add_known = [&](Sequence sequence) {
        if (sequence > 0) live.push_back(sequence);
    };
    const auto add = [&](const std::vector<Sequence>& more) { live.insert(live.end(), more.begin(), more.end()); };
    for (const auto& [id, facts] : watches) {
        add_known(facts.verified_by);
        add_known(facts.last_good_by);
        for (const auto sequence : sources_of_open(facts)) add_known(sequence);
    }
    for (const auto& [id, incident] : incidents) add(incident.history);
    for (const auto& [id, facts] : maintenances) add(facts.history);
    for (const auto& [id, history] : duty_history_) add(history);
    for (const auto& [id, notice] : notices) {
        add(notice.history);
        for (const auto& [envelope, sequence] : notice.attempts) live.push_back(sequence);
    }
    const auto oldest = oldest_clock();
    std::ranges::copy_if(clock_events_, std::back_inserter(live), [&](Sequence sequence) { return sequence > oldest; });
    if (started_by_ > 0) live.push_back(started_by_);
    if (live_by_ > 0) live.push_back(live_by_);
    std::ranges::sort(live);
    live.erase(std::ranges::unique(live).begin(), live.end());
    return live;
}

bool Book::forgettable(const model::Incident& incident, const model::Instant& now, Milliseconds relapse_within) const {
    if (incident.open()) return false;
    if (const auto left = unsettled_.find(incident.id); left != unsettled_.end() && left->second > 0) return false;
    auto finished_for = since(incident.recover_confirm, now);
    if (incident.recover_confirm.boot_id != now.boot_id) finished_for = std::max(finished_for, since(started, now));
    if (finished_for <= relapse_within + confirmation_margin) return false;
    return told_of(incident.id);
}

bool Book::told_of(const std::string& subject) const {
    const auto about = notices_about_.find(subject);
    return about == notices_about_.end() || std::ranges::all_of(about->second, [&](const auto& id) {
               const auto notice = notices.find(id);
               if (notice == notices.end() || notice->second.finished()) return true;
               // one that only took over what told of it speaks of others
               return std::ranges::find(notice->second.subjects, subject) == notice->second.subjects.end();
           });
}

bool Book::only_its_number(const model::Incident& incident) const {
    if (incident.open() || incident.tenants.empty()) return number_keepers_.contains(incident.id);
    return !has_duties(incident.id);
}

bool Book::has_duties(const std::string& subject) const {
    const auto prefix = subject + "/";
    const auto duty = duties.lower_bound(prefix);
    return duty != duties.end() && duty->first.starts_with(prefix);
}

void Book::forget_duties(const model::IncidentId& id) {
    const auto prefix = id + "/";
    for (auto duty = duties.lower_bound(prefix); duty != duties.end() && duty->first.starts_with(prefix);) {
        carriers_.erase(duty->first);
        bounced_.erase(duty->first);
        bookings_.erase(duty->first);
        duty = duties.erase(duty);
    }
    duty_history_.erase(id);
    unsettled_.erase(id);
    reports_.erase(id);
}

void Book::forget_notices(const model::IncidentId& id) {
    const auto about = notices_about_.find(id);
    if (about == notices_about_.end()) return;
    const auto alive = [&](const std::string& subject) { return knows_subject(subject) && !number_keepers_.contains(subject); };
    for (const auto& notice_id : about->second) {
        const auto notice = notices.find(notice_id);
        if (notice == notices.end() || std::ranges::any_of(notice->second.kept_for, alive)) continue;
        for (const auto& [envelope, state] : notice->second.envelopes) notice_of_.erase(envelope);
        notices.erase(notice);
    }
    notices_about_.erase(about);
}

void Book::forget_incident(const model::IncidentId& id) {
    const auto incident = incidents.find(id);
    for (const auto& service : incident->second.services) {
        const auto place = of_service.find(service);
        if (place == of_service.end()) continue;
        place->second.erase(id);
        if (place->second.empty()) of_service.erase(place);
    }
    number_keepers_.erase(id);
    if (const auto page = page_at_.find(id); page != page_at_.end()) {
        pages.erase({page->second.boot, id});
        page_at_.erase(page);
    }
    incidents.erase(incident);
}

void Book::prune(const model::Instant& now, Milliseconds relapse_within) {
    std::vector<model::IncidentId> finished;
    for (const auto& [id, incident] : incidents) {
        const bool kept_already = number_keepers_.contains(id);
        if (kept_already && incident_numbers.needs(id)) continue;
        if (kept_already || forgettable(incident, now, relapse_within)) finished.push_back(id);
    }
    for (const auto& id : finished) number_keepers_.insert(id);
    for (const auto& id : finished) {
        forget_duties(id);
        forget_notices(id);
        if (!incident_numbers.needs(id)) {
            forget_incident(id);
            continue;
        }
        auto& kept = incidents.find(id)->second;
        kept.reports = 0;
        kept.paged = 0;
        refresh_page(kept, now);
    }
    std::erase_if(about_nothing_, [&](const auto& id) {
        const auto notice = notices.find(id);
        if (!notice->second.finished()) return false;
        for (const auto& [envelope, state] : notice->second.envelopes) notice_of_.erase(envelope);
        notices.erase(notice);
        return true;
    });
    prune_maintenances(now);
    if (clock_events_.size() > many_clock_events)
        std::erase_if(clock_events_, [oldest = oldest_clock()](Sequence sequence) { return sequence <= oldest; });
}

} // namespace incidents

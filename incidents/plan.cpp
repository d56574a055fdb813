#include "incidents/plan.hpp"

#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"
#include "incidents/maintenance.hpp"
#include "incidents/release.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <utility>
#include <vector>

namespace incidents {

using model::Duty;
using model::DutyState;
using model::Milliseconds;

namespace {

/// Pages of one plan with the same word become one, so that a storm does not bury the person who must act.
struct Page {
    std::set<std::string> subjects;
    std::uint32_t percent = 0;
};

class Planner {
public:
    Planner(const Book& book, const model::Directory& directory, const Moment& moment)
        : book_(book), directory_(directory), moment_(moment) {}

    Plan plan() && {
        look_at_duties();
        look_at_spells();
        look_at_pages();
        look_at_windows();
        plan_.releases = ReleaseGathering(book_, moment_.now, directory_.rules.grouping).gather();
        add_pages(model::RecipientKind::on_call, to_on_call_);
        add_pages(model::RecipientKind::manager, to_manager_);
        plan_.next = next();
        return std::move(plan_);
    }

private:
    void look_at_duties() {
        for (const auto& [when, id] : book_.agenda) {
            if (when > moment_.now.boot) break;
            look_at(book_.duties.find(id)->second);
        }
        std::vector<model::Payload> armed;
        for (auto& arming : std::views::reverse(std::views::values(further_))) {
            if (auto event = std::move(arming).event()) armed.push_back(std::move(*event));
        }
        // before the settlements: should a crash part them, the next look arms nothing twice
        plan_.events.insert(plan_.events.begin(), std::move_iterator(armed.begin()), std::move_iterator(armed.end()));
    }

    void look_at(const Duty& duty) {
        switch (duty.state) {
        case DutyState::met:
        case DutyState::late:
            if (duty.state == DutyState::late && !duty.breached) miss(duty);
            arm_further(duty);
            return settle(duty);
        case DutyState::voided:
        case DutyState::missed: return settle(duty);
        case DutyState::armed: return look_at_clock(duty);
        }
    }

    void look_at_clock(const Duty& duty) {
        const auto passed = elapsed(duty.deadline, moment_.now);
        if (passed > duty.deadline.limit) return miss(duty);
        if (book_.hopeless(duty) && duty.risk_percent < hopeless_percent) {
            plan_.events.push_back(model::DutyAtRisk{.duty = duty.id, .percent = hopeless_percent});
            if (!acknowledged(duty.subject)) to_on_call_["no_contact"].subjects.insert(duty.subject);
            return;
        }
        const auto mark = mark_reached(duty.deadline, passed);
        if (mark <= duty.risk_percent) return;
        plan_.events.push_back(model::DutyAtRisk{.duty = duty.id, .percent = mark});
        if (acknowledged(duty.subject)) return;
        auto& page = to_on_call_["at_risk"];
        page.subjects.insert(duty.subject);
        page.percent = std::max(page.percent, mark);
    }

    /// Somebody works on it: on-call needs no more pages (semantics 1.3).
    [[nodiscard]] bool acknowledged(const std::string& subject) const {
        const auto incident = book_.incidents.find(subject);
        return incident != book_.incidents.end() && incident->second.acknowledged;
    }

    void settle(const Duty& duty) { plan_.events.push_back(model::DutySettled{.duty = duty.id}); }

    void miss(const Duty& duty) {
        const auto passed = duty.state == DutyState::late ? duty.elapsed : elapsed(duty.deadline, moment_.now);
        plan_.events.push_back(model::DutyMissed{.duty = duty.id, .cause = cause_of_miss(duty), .elapsed = passed});
        to_manager_["missed"].subjects.insert(duty.subject);
    }

    [[nodiscard]] std::string cause_of_miss(const Duty& duty) const {
        if (boot_when(duty.deadline, duty.deadline.limit) < book_.started.boot) return "monitor_down";
        if (duty.bounced) return "bounced";
        if (!duty.composed) return "not_composed";
        bool tried = false;
        bool refused = false;
        bool hopeful = false;
        for (const auto& id : book_.carriers(duty.id)) {
            const auto notice = book_.notices.find(id);
            if (notice == book_.notices.end()) continue;
            tried = tried || !notice->second.envelopes.empty();
            hopeful = hopeful || notice->second.hopeful();
            refused =
                refused || std::ranges::any_of(notice->second.envelopes, [](const auto& e) { return e.second == EnvelopeState::refused; });
        }
        if (!tried) return "no_contact";
        return refused && !hopeful ? "refused" : "relays_failed";
    }

    void arm_further(const Duty& duty) {
        if (duty.stage != model::Stage::follow_up) return;
        const auto incident = book_.incidents.find(duty.subject);
        if (incident == book_.incidents.end() || !incident->second.open()) return;
        if (duties_of(book_, duty.subject, duty.stage, duty.recipient).back() != &duty) return;
        further_.try_emplace(duty.subject, book_, directory_, moment_).first->second.further_follow_up(duty);
    }

    /// Whoever cannot see for too long says so. All references are silent then, for every watch alike: one incident.
    void look_at_spells() {
        auto incident = book_.blind;
        for (const auto& [when, watch] : book_.unknown_spells) {
            if (when > moment_.now.boot) break;
            const auto& facts = book_.watches.find(watch)->second;
            const auto detect = later_by(facts.unknown->since, facts.unknown->clock.limit);
            const model::Member member{.severity = model::Severity::blind,
                                       .reason = model::Reason::none,
                                       .first_bad = facts.unknown->since,
                                       .detect = detect,
                                       .detail = {},
                                       .services = {}};
            if (incident.empty()) incident = open_blind(watch, facts, member);
            else
                plan_.events.push_back(
                    model::Joined{.incident = incident, .watch = watch, .member = member, .services = {}, .tenants = {}});
        }
    }

    model::IncidentId open_blind(const std::string& watch, const WatchFacts& facts, const model::Member& member) {
        model::Incident incident;
        incident.id = book_.incident_numbers.next(moment_.date);
        incident.kind = model::IncidentKind::blind;
        incident.severity = incident.worst = model::Severity::blind;
        incident.members.emplace(watch, member);
        incident.first_watch = watch;
        incident.clock_doubtful = moment_.clock_doubtful;
        incident.last_good = facts.last_good;
        incident.first_bad = member.first_bad;
        incident.detect = incident.discover = member.detect;
        incident.confirm = moment_.now;
        plan_.events.push_back(model::Opened{incident});
        auto clock = facts.unknown->clock;
        clock.base = member.detect;
        clock.elapsed_at_anchor -= clock.limit;
        Arming arming(book_, directory_, moment_);
        arming.blind(incident.id, member.detect, &clock);
        if (auto event = std::move(arming).event()) plan_.events.push_back(std::move(*event));
        return incident.id;
    }

    /// On-call is told of what opened, got worse or ended; of watches that never passed, only on-call is told.
    void look_at_pages() {
        if (book_.pages.empty() || book_.pages.begin()->first + directory_.rules.grouping > moment_.now.boot) return;
        for (const auto& [when, id] : book_.pages) {
            const auto& incident = book_.incidents.find(id)->second;
            const bool verified = incident.kind != model::IncidentKind::unverified;
            const auto* opened = verified ? "opened" : "unverified";
            const auto* ended = verified ? "restored" : "unverified_recovered";
            to_on_call_[incident.open() ? opened : ended].subjects.insert(id);
            // the manager was told of the line's loss by a duty
            if (incident.kind == model::IncidentKind::line && !incident.open()) to_manager_[ended].subjects.insert(id);
        }
    }

    void look_at_windows() {
        for (auto& event : end_maintenances(book_, directory_, moment_)) plan_.events.push_back(std::move(event));
    }

    void add_pages(model::RecipientKind recipient, const std::map<std::string, Page>& pages) {
        for (const auto& [word, page] : pages) {
            plan_.releases.push_back({.recipient = {recipient, {}},
                                      .stage = model::Stage::page,
                                      .duties = {},
                                      .subjects = {page.subjects.begin(), page.subjects.end()},
                                      .page = word,
                                      .percent = page.percent});
        }
    }

    [[nodiscard]] Milliseconds next() const {
        auto next = Milliseconds::max();
        if (!book_.agenda.empty()) next = std::min(next, book_.agenda.begin()->first);
        if (!book_.unknown_spells.empty()) next = std::min(next, book_.unknown_spells.begin()->first);
        if (!book_.next_releases.empty()) next = std::min(next, book_.next_releases.begin()->first);
        if (const auto end = next_maintenance_end(book_)) next = std::min(next, moment_.now.boot + (*end - moment_.now.wall));
        if (!book_.pages.empty()) next = std::min(next, book_.pages.begin()->first + directory_.rules.grouping);
        return next;
    }

    const Book& book_;
    const model::Directory& directory_;
    const Moment& moment_;
    Plan plan_;
    std::map<std::string, Arming> further_;      ///< by incident: one event each
    std::map<std::string, Page> to_on_call_;     ///< by word
    std::map<std::string, Page> to_manager_;
};

} // namespace

Plan plan(const Book& book, const model::Directory& directory, const Moment& moment) { return Planner(book, directory, moment).plan(); }

} // namespace incidents

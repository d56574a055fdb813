#include "incidents/advance.hpp"

#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"
#include "incidents/scope.hpp"

#include <algorithm>
#include <iterator>

namespace incidents {

using model::Change;
using model::Incident;
using model::IncidentId;
using model::IncidentKind;

namespace {

model::Severity severity_of(model::WatchClass watch_class) {
    switch (watch_class) {
    case model::WatchClass::liveness: return model::Severity::stop;
    case model::WatchClass::fault: return model::Severity::fault;
    case model::WatchClass::performance: return model::Severity::performance;
    }
    return model::Severity::stop;
}

/// One verdict's way into events. Reads the book as it was before; the changes of one sample never concern the same
/// incident twice.
class Advance {
public:
    Advance(const Book& book, const model::Watch& watch, const model::Verdict& verdict, const model::Directory& directory,
            const Moment& moment)
        : book_(book), watch_(watch), verdict_(verdict), directory_(directory), moment_(moment) {
        if (const auto found = book.watches.find(watch.id); found != book.watches.end()) facts_ = &found->second;
        if (facts_ != nullptr && facts_->run && facts_->run->detect == verdict.detect) clock_ = &facts_->run->clock;
    }

    std::vector<model::Payload> events() && {
        if (is(Change::unknown_ended)) unknown_ended();
        if (passed_for_the_first_time()) events_.push_back(model::Verified{.watch = watch_.id, .at = verdict_.decided});
        if (is(Change::cleared)) cleared();
        if (is(Change::suspected)) suspected();
        if (is(Change::confirmed)) confirmed();
        if (is(Change::recovered)) recovered();
        if (is(Change::unknown_began)) unknown_began();
        return std::move(events_);
    }

private:
    [[nodiscard]] bool is(Change change) const { return verdict_.change == change || verdict_.second == change; }

    /// A verdict has room for two changes only; this one can be told from the book.
    [[nodiscard]] bool passed_for_the_first_time() const {
        return is(Change::verified) ||
               (verdict_.verified && (is(Change::cleared) || is(Change::recovered)) && !(facts_ != nullptr && facts_->verified));
    }

    void suspected() {
        events_.push_back(model::Suspected{.watch = watch_.id,
                                           .watch_class = watch_.watch_class,
                                           .reason = verdict_.reason,
                                           .last_good = verdict_.last_good,
                                           .first_bad = verdict_.first_bad,
                                           .detect = verdict_.detect,
                                           .detail = verdict_.detail});
    }

    void cleared() {
        const bool known = facts_ != nullptr && facts_->run;
        events_.push_back(model::Cleared{
            .watch = watch_.id, .first_bad = known ? facts_->run->first_bad : verdict_.first_bad, .cleared = verdict_.decided});
    }

    void unknown_began() {
        events_.push_back(model::UnknownBegan{.watch = watch_.id, .watch_class = watch_.watch_class, .since = verdict_.first_bad});
    }

    void unknown_ended() {
        events_.push_back(model::UnknownEnded{.watch = watch_.id, .at = verdict_.decided});
        leave(/*blind=*/true, verdict_.decided);
    }

    void confirmed() {
        const bool run_known = is(Change::suspected) || (facts_ != nullptr && facts_->run);
        if (!run_known) suspected();
        events_.push_back(model::Confirmed{.watch = watch_.id,
                                           .watch_class = watch_.watch_class,
                                           .reason = verdict_.reason,
                                           .cross_checked = verdict_.cross_checked,
                                           .verified = verdict_.verified,
                                           .first_bad = verdict_.first_bad,
                                           .detect = verdict_.detect,
                                           .confirm = verdict_.decided});
        if (!verdict_.verified) open(IncidentKind::unverified, sorted(watch_.services));
        else if (watch_.line) open(IncidentKind::line, {});
        else concern_customers();
    }

    /// Every service of the watch ends up in exactly one open incident for its customers.
    void concern_customers() {
        auto uncovered = sorted(watch_.services);
        for (const auto* incident : open_incidents()) {
            if (!incident->members.contains(watch_.id)) join(*incident);
            uncovered = without(uncovered, incident->services);
        }
        for (const auto* incident = relapsing(uncovered); incident != nullptr; incident = relapsing(uncovered)) {
            relapse(*incident);
            uncovered = without(uncovered, incident->services);
        }
        if (!uncovered.empty() || watch_.services->empty()) open(IncidentKind::customer, std::move(uncovered));
    }

    [[nodiscard]] std::vector<const Incident*> incidents_of(const std::vector<std::string>& services) const {
        std::set<IncidentId> ids;
        for (const auto& service : services) {
            if (const auto found = book_.of_service.find(service); found != book_.of_service.end())
                ids.insert(found->second.begin(), found->second.end());
        }
        std::vector<const Incident*> found;
        found.reserve(ids.size());
        for (const auto& id : ids) found.push_back(&book_.incidents.find(id)->second);
        std::ranges::sort(found, {}, [](const Incident* incident) { return incident->history.front(); });
        return found;
    }

    [[nodiscard]] std::vector<const Incident*> open_incidents() const {
        auto found = incidents_of(sorted(watch_.services));
        std::erase_if(found, [](const Incident* incident) { return !incident->open(); });
        return found;
    }

    /// The latest incident of these services that ended recently enough to be opened again. One that had more services stays closed:
    /// their customers would be told of a relapse that is none of theirs.
    [[nodiscard]] const Incident* relapsing(const std::vector<std::string>& services) const {
        const auto candidates = incidents_of(services);
        for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
            const auto& incident = **candidate;
            if (incident.open() || book_.only_its_number(incident) || !incident.void_reason.empty()) continue;
            if (!std::ranges::includes(services, incident.services)) continue;
            if (visible(incident.services).size() < tenants_of(directory_, incident.services).size()) continue;  // not during maintenance
            if (since(incident.restore, verdict_.first_bad) > directory_.rules.relapse_within) continue;
            const auto others = incidents_of(incident.services);
            if (std::ranges::none_of(others, [](const Incident* other) { return other->open(); })) return &incident;
        }
        return nullptr;
    }

    /// Tenants that are to be told of what began at this verdict's first bad sample.
    [[nodiscard]] std::vector<std::string> visible(const std::vector<std::string>& services) const {
        return not_hidden(book_, directory_, tenants_of(directory_, services), services, verdict_.first_bad.wall, moment_.now.wall);
    }

    /// Tenants affected now that the incident does not know yet. Mostly none, which is found without making a list.
    [[nodiscard]] std::vector<std::string> newcomers(const Incident& incident) const {
        const bool known = std::ranges::all_of(incident.services, [&](const auto& service) {
            const auto found = directory_.tenants_of.find(service);
            return found == directory_.tenants_of.end() || std::ranges::includes(incident.tenants, found->second);
        });
        return known ? std::vector<std::string>{} : without(visible(incident.services), incident.tenants);
    }

    [[nodiscard]] model::Severity severity() const { return watch_.line ? model::Severity::line : severity_of(watch_.watch_class); }

    /// What the watch is in an incident of these services.
    [[nodiscard]] model::Member member(const std::vector<std::string>& services) const {
        auto own = common(services, sorted(watch_.services));
        if (own.size() == services.size()) own.clear();
        return {.severity = severity(),
                .reason = verdict_.reason,
                .first_bad = verdict_.first_bad,
                .detect = verdict_.detect,
                .detail = verdict_.detail,
                .services = std::move(own)};
    }

    /// Of `everybody`, those for whom `joining` is worse than all that they suffer from already.
    [[nodiscard]] std::vector<std::string> worse_for(const Incident& incident, const model::Member& joining,
                                                     const std::vector<std::string>& everybody) const {
        if (incident.services.size() <= 1) return joining.severity > incident.severity ? everybody : std::vector<std::string>{};
        std::vector<std::string> as_bad;  // services that are in no better state
        for (const auto& [watch, present] : incident.members) {
            if (present.severity < joining.severity) continue;
            if (present.services.empty()) return {};
            as_bad = united(as_bad, present.services);
        }
        const auto concerned = tenants_of(directory_, joining.services.empty() ? incident.services : joining.services);
        return common(everybody, without(concerned, tenants_of(directory_, as_bad)));
    }

    void arm(const IncidentId& id, const std::vector<std::string>& alerted, const std::vector<std::string>& followed,
             const model::Instant& discover) {
        Arming arming(book_, directory_, moment_);
        if (watch_.line && verdict_.verified) arming.line_fault(id, verdict_.detect, clock_);
        for (const auto& tenant : alerted) arming.first_alert(id, tenant, verdict_.detect, clock_);
        for (const auto& tenant : followed) arming.follow_up(id, tenant, discover, clock_);
        if (auto event = std::move(arming).event()) events_.push_back(std::move(*event));
    }

    void open(IncidentKind kind, std::vector<std::string> services) {
        Incident incident;
        incident.id = book_.incident_numbers.next(moment_.date);
        incident.kind = kind;
        incident.severity = incident.worst = severity();
        incident.services = std::move(services);
        if (kind == IncidentKind::customer) incident.tenants = visible(incident.services);
        incident.members.emplace(watch_.id, member(incident.services));
        const auto earlier = kind == IncidentKind::customer ? incidents_of(incident.services) : std::vector<const Incident*>{};
        if (!earlier.empty()) incident.linked_to = earlier.back()->id;
        incident.reason = verdict_.reason;
        incident.first_watch = watch_.id;
        incident.cross_checked = verdict_.cross_checked;
        incident.clock_doubtful = moment_.clock_doubtful;
        incident.last_good = verdict_.last_good;
        incident.first_bad = verdict_.first_bad;
        incident.detect = incident.discover = verdict_.detect;
        incident.confirm = verdict_.decided;
        events_.push_back(model::Opened{incident});
        arm(incident.id, incident.tenants, incident.tenants, incident.discover);
    }

    void join(const Incident& incident) {
        const auto added = newcomers(incident);
        const auto everybody = united(incident.tenants, added);
        const auto joining = member(incident.services);
        events_.push_back(model::Joined{.incident = incident.id, .watch = watch_.id, .member = joining, .services = {}, .tenants = added});
        const auto alarmed = worse_for(incident, joining, everybody);
        // worse without anybody to tell is written too: on-call is paged for it
        if (joining.severity > incident.severity || !alarmed.empty()) {
            events_.push_back(model::Worsened{.incident = incident.id,
                                              .severity = std::max(incident.severity, joining.severity),
                                              .detect = joining.detect,
                                              .tenants = alarmed});
        }
        arm(incident.id, united(alarmed, added), added, joining.detect);
    }

    void relapse(const Incident& incident) {
        const auto everybody = united(incident.tenants, visible(incident.services));
        events_.push_back(
            model::Relapsed{.incident = incident.id, .watch = watch_.id, .member = member(incident.services), .tenants = everybody});
        arm(incident.id, everybody, everybody, verdict_.detect);
    }

    void recovered() {
        events_.push_back(model::Recovered{.watch = watch_.id, .restore = verdict_.restore, .recover_confirm = verdict_.decided});
        leave(/*blind=*/false, verdict_.restore);
    }

    /// The watch is well again, or seen again: it leaves its incidents of that kind.
    void leave(bool blind, const model::Instant& restore) {
        for (const auto& id : book_.member_of(watch_.id)) {
            const auto& incident = book_.incidents.find(id)->second;
            if ((incident.kind == IncidentKind::blind) != blind) continue;
            if (incident.members.size() > 1) {
                auto worst = blind ? model::Severity::blind : model::Severity::performance;
                for (const auto& [other, facts] : incident.members) {
                    if (worst >= incident.severity) break;  // nobody is worse: no need to look at thousands
                    if (other != watch_.id) worst = std::max(worst, facts.severity);
                }
                events_.push_back(model::Eased{.incident = id, .watch = watch_.id, .severity = worst});
                continue;
            }
            events_.push_back(
                model::Restored{.incident = id, .restore = restore, .recover_confirm = verdict_.decided, .tenants = incident.tenants});
            Arming arming(book_, directory_, moment_);
            for (const auto& tenant : incident.tenants) arming.recovery(id, tenant, verdict_.decided);
            if (auto event = std::move(arming).event()) events_.push_back(std::move(*event));
        }
    }

    const Book& book_;
    const model::Watch& watch_;
    const model::Verdict& verdict_;
    const model::Directory& directory_;
    const Moment& moment_;
    const WatchFacts* facts_ = nullptr;
    const model::Deadline* clock_ = nullptr;  ///< counts since `detect`, over boots too
    std::vector<model::Payload> events_;
};

}  // namespace

std::vector<model::Payload> advance(const Book& book, const model::Watch& watch, const model::Verdict& verdict,
                                    const model::Directory& directory, const Moment& moment) {
    return Advance(book, watch, verdict, directory, moment).events();
}

}  // namespace incidents

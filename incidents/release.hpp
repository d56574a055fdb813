#pragma once

#include "incidents/plan.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace incidents {

/// Gathers the duties whose notice is due now into one release for each recipient and stage, and lets the newer notice
/// take over what the older one still owes (semantics 1.3, 1.5):
/// - restored: the recovery takes over first alert and follow-up, however far they got short of acceptance
/// - relapsed: the new first alert takes over older first alerts and the recovery; where that recovery already carried a
///   follow-up, the notice is a follow-up, which says all that a first alert must
/// - a follow-up takes over older first alerts, follow-ups and recoveries
class ReleaseGathering {
public:
    ReleaseGathering(const Book& book, const model::Instant& now, model::Milliseconds grouping)
        : book_(book), now_(now), grouping_(grouping) {}

    /// Looks only at groups of which something is due.
    std::vector<Release> gather() &&;

private:
    void take_group(const GroupKey& key);
    void place(const model::Duty& duty);
    void place_recovery(const model::Duty& duty);
    void place_first_alert(const model::Duty& duty);
    void place_follow_up(const model::Duty& duty);
    void add(model::Stage stage, const model::Duty& duty);
    [[nodiscard]] std::vector<const model::Duty*> owed(const model::Duty& like, model::Stage stage) const;
    [[nodiscard]] bool carried_by_recovery(const model::Duty& duty) const;

    const Book& book_;
    const model::Instant& now_;
    model::Milliseconds grouping_;
    std::map<GroupKey, std::set<model::DutyId>> drafts_;
};

} // namespace incidents

#include "incidents/release.hpp"

#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>
#include <array>

namespace incidents {

using model::Duty;
using model::Stage;

namespace {

/// Whoever comes first keeps a duty that several drafts could carry.
constexpr std::array<Stage, 3> stronger_first{Stage::recovery, Stage::follow_up, Stage::first_alert};

const Duty* first_uncomposed(const std::vector<const Duty*>& duties) {
    const auto found = std::ranges::find_if(duties, [](const Duty* duty) { return !duty->composed; });
    return found == duties.end() ? nullptr : *found;
}

} // namespace

/// Unmet duties of the same subject and recipient.
std::vector<const Duty*> ReleaseGathering::owed(const Duty& like, Stage stage) const {
    auto found = duties_of(book_, like.subject, stage, like.recipient);
    std::erase_if(found, [](const Duty* duty) { return !unmet(*duty); });
    return found;
}

bool ReleaseGathering::carried_by_recovery(const Duty& duty) const {
    return std::ranges::any_of(book_.carriers(duty.id), [&](const auto& id) {
        const auto notice = book_.notices.find(id);
        return notice != book_.notices.end() && notice->second.stage == Stage::recovery;
    });
}

void ReleaseGathering::add(Stage stage, const Duty& duty) { drafts_[GroupKey{duty.recipient, stage}].insert(duty.id); }

void ReleaseGathering::place_recovery(const Duty& duty) {
    for (const auto stage : stronger_first) {
        for (const auto* older : owed(duty, stage)) add(Stage::recovery, *older);
    }
}

void ReleaseGathering::place_first_alert(const Duty& duty) {
    auto carrying = Stage::first_alert;
    for (const auto* follow_up : owed(duty, Stage::follow_up)) {
        if (!carried_by_recovery(*follow_up)) continue;
        carrying = Stage::follow_up;
        add(carrying, *follow_up);
    }
    for (const auto* older : owed(duty, Stage::first_alert)) add(carrying, *older);
    for (const auto* recovery : owed(duty, Stage::recovery)) add(carrying, *recovery);
}

void ReleaseGathering::place_follow_up(const Duty& duty) {
    const auto age = elapsed(duty.deadline, now_);
    for (const auto stage : stronger_first) {
        for (const auto* older : owed(duty, stage)) {
            if (elapsed(older->deadline, now_) >= age) add(Stage::follow_up, *older);
        }
    }
    for (const auto* recovery : owed(duty, Stage::recovery)) add(Stage::follow_up, *recovery);  // it relapsed meanwhile
}

void ReleaseGathering::place(const Duty& duty) {
    const auto incident = book_.incidents.find(duty.subject);
    const bool open = incident != book_.incidents.end() && incident->second.open();
    if (duty.stage == Stage::recovery && open) {
        const auto* alert = first_uncomposed(owed(duty, Stage::first_alert));
        if (alert != nullptr) return place_first_alert(*alert);
    }
    if ((duty.stage == Stage::first_alert || duty.stage == Stage::follow_up) && !open) {
        const auto* recovery = first_uncomposed(owed(duty, Stage::recovery));
        if (recovery != nullptr) return place_recovery(*recovery);
    }
    switch (duty.stage) {
    case Stage::recovery: return place_recovery(duty);
    case Stage::first_alert: return place_first_alert(duty);
    case Stage::follow_up: return place_follow_up(duty);
    default: return add(duty.stage, duty);
    }
}

void ReleaseGathering::take_group(const GroupKey& key) {
    for (const auto& [when, id] : book_.releases.find(key)->second) {
        if (when > now_.boot + grouping_) return;
        place(book_.duties.find(id)->second);
    }
}

std::vector<Release> ReleaseGathering::gather() && {
    for (const auto& [when, key] : book_.next_releases) {
        if (when > now_.boot) break;
        take_group(key);
    }
    std::set<model::DutyId> taken;
    const auto claim = [&](std::set<model::DutyId>& duties) {
        std::erase_if(duties, [&](const auto& id) { return !taken.insert(id).second; });
    };
    for (const auto stage : stronger_first) {
        for (auto& [key, duties] : drafts_) {
            if (key.stage == stage) claim(duties);
        }
    }
    std::vector<Release> releases;
    for (const auto& [key, duties] : drafts_) {
        if (duties.empty()) continue;
        std::set<std::string> subjects;
        for (const auto& id : duties) subjects.insert(book_.duties.find(id)->second.subject);
        releases.push_back({.recipient = key.recipient,
                            .stage = key.stage,
                            .duties = {duties.begin(), duties.end()},
                            .subjects = {subjects.begin(), subjects.end()},
                            .page = {},
                            .percent = 0});
    }
    return releases;
}

} // namespace incidents

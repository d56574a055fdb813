#include "tests/simulation/invariants.hpp"

#include <algorithm>

/// The end of the run, hours after everything healed.
namespace simulation {

namespace {

constexpr std::size_t number_keepers = 2;   // incidents kept for their number, and maintenances
constexpr Milliseconds slack{15'000};
constexpr std::uint32_t most_quiet_events = 4;  // a configuration, a seal

} // namespace

void Invariants::check_ends() const {
    for (const auto& [id, duty] : engine_->book().duties) {
        if (!duty.settled) violated("every_duty_ends", id + " is not settled");
    }
    for (const auto& [id, truth] : duties_) {
        if (!truth.accepted && truth.misses == 0 && !truth.voided) violated("every_duty_ends", id + " was neither met nor missed");
    }
    for (const auto& [id, indices] : acceptances_) {
        const auto& minted = minted_.at(id);
        const auto recorded = recorded_.find(id);
        const bool excused = minted.superseded || std::ranges::all_of(indices, [this](auto index) {
                                 const auto& accepted = world_.accepted[index];
                                 return accepted.undurable || accepted.record_lost || !accepted.reply_known;
                             });
        if (!excused && (recorded == recorded_.end() || recorded->second == 0)) {
            const auto& last = world_.accepted[indices.back()];
            violated("accepted_is_recorded", minted.envelope + " accepted at " + std::to_string(last.at.count() / 60'000) +
                                                 " min in life " + std::to_string(last.life));
        }
    }
    const auto counts = engine_->outbox().counts();
    if (counts.pending_mail + counts.pending_webhook > 0)
        violated("outbox_empties_when_all_heals", std::to_string(counts.pending_mail + counts.pending_webhook) + " left");
}

void Invariants::check_current() const {
    for (const auto& [id, incident] : engine_->book().incidents) {
        if (incident.open()) violated("incidents_end_when_all_heals", id);
    }
    const auto& watching = engine_->watching();
    std::map<std::string, model::Condition> conditions;
    for (std::size_t index = 0; index < watching.size(); ++index) {
        if (!watching.vacant(index)) conditions[watching.watch(index).id] = watching.state(index).condition;
    }
    for (std::size_t index = 0; index < world_.targets.size(); ++index) {
        if (topology_.absent.contains(index)) continue;
        const auto& target = world_.targets[index];
        if (target.last_start < world_.now - topology_.watches[index].interval - slack)
            violated("every_watch_is_current_in_the_end", target.name + " was not probed lately");
        const auto condition = conditions.at(target.name);
        if (condition != model::Condition::up && condition != model::Condition::pending)
            violated("every_watch_is_current_in_the_end", target.name + " is not known to be well");
    }
    if (!engine_->ledger().durable()) violated("every_watch_is_current_in_the_end", "the ledger is not durable");
}

/// Hours after the last incident nothing of it is held in memory but the last number and the highest.
void Invariants::check_bounded() const {
    const auto& book = engine_->book();
    const auto held = [&](std::size_t count, std::size_t most, const char* what) {
        if (count > most) violated("memory_stays_bounded", std::to_string(count) + " " + what);
    };
    held(book.incidents.size(), number_keepers, "incidents");
    const auto kept = std::ranges::count_if(book.maintenances, [](const auto& each) { return each.second.only_its_number; });
    held(static_cast<std::size_t>(kept), number_keepers, "maintenances");
    for (const auto& [id, duty] : book.duties) {
        if (!book.maintenances.contains(duty.subject)) violated("memory_stays_bounded", id + " is still there");
    }
    for (const auto& [id, notice] : book.notices) {
        // a bounce may still come for what was told of a maintenance
        const auto remembered = [&](const std::string& subject) { return book.maintenances.contains(subject); };
        if (std::ranges::any_of(notice.kept_for, remembered)) continue;
        violated("memory_stays_bounded", id + " is still there, about " + (notice.subjects.empty() ? "nothing" : notice.subjects.front()));
    }
    held(book.agenda.size() + book.releases.size() + book.pages.size() + book.unknown_spells.size(), 0, "things to look at");
    held(book.watches.size(), topology_.watches.size(), "watches");
    held(engine_->outbox().counts().in_flight, 0, "attempts under way");
    if (quiet_events_ > most_quiet_events)
        violated("store_stays_bounded", std::to_string(quiet_events_) + " events in the last, quiet hour");
}

} // namespace simulation

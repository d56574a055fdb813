#include "tests/simulation/invariants.hpp"

#include <algorithm>

/// What was sent and what arrived, from the receiving side.
namespace simulation {

namespace {

bool same_contacts(const std::vector<model::ContactId>& armed, const std::vector<model::Contact>& now) {
    return std::ranges::is_permutation(armed, now, {}, {}, &model::Contact::id);
}

} // namespace

void Invariants::sending(const std::string& message_id) {
    const auto bare = message_id.starts_with('<') ? message_id.substr(1, message_id.size() - 2) : message_id;
    const auto minted = minted_.find(bare);
    if (minted == minted_.end()) violated("only_known_messages_are_sent", message_id);
    const auto& ledger = engine_->ledger();
    ++world_.sendings;
    if (ledger.durable() && minted->second.sequence > ledger.durable_upto()) violated("durable_before_sent", message_id);
}

void Invariants::take_acceptances() {
    while (seen_acceptances_ < world_.accepted.size()) note_acceptance(seen_acceptances_++);
}

void Invariants::note_acceptance(std::size_t index) {
    auto& accepted = world_.accepted[index];
    if (accepted.message_id.starts_with('<')) accepted.message_id = accepted.message_id.substr(1, accepted.message_id.size() - 2);
    const auto minted = minted_.find(accepted.message_id);
    if (minted == minted_.end()) violated("only_known_messages_are_sent", accepted.message_id);
    auto& earlier = acceptances_[accepted.message_id];
    if (!earlier.empty()) {
        const auto& before = world_.accepted[earlier.back()];
        const bool excused = !before.reply_known || before.undurable || before.life != accepted.life;
        if (!excused || recorded_[accepted.message_id] > 0) violated("duplicates_only_after_unknown", accepted.message_id);
    } else {
        check_told_once(accepted, minted->second);
    }
    earlier.push_back(index);
    if (accepted.reply_known && accepted.life == world_.life) unrecorded_.push_back(index);
    check_isolation(accepted, minted->second);
    check_order(minted->second);
}

/// What was accepted with a reply is recorded in the same turn; that the record becomes durable is checked at the end.
void Invariants::check_records() {
    for (const auto index : std::exchange(unrecorded_, {})) {
        const auto& accepted = world_.accepted[index];
        if (recorded_[accepted.message_id] > 0 || outcome_unknown_.contains(accepted.message_id)) continue;
        violated("accepted_is_recorded", minted_.at(accepted.message_id).envelope + " was accepted, and no record says so");
    }
}

void Invariants::check_order(const Minted& minted) {
    if (minted.recipient.kind != model::RecipientKind::tenant || minted.rehearsed) return;
    const bool carries_alert = std::ranges::any_of(minted.duties, [](const auto& id) { return id.contains("/first_alert/"); });
    for (const auto& subject : minted.subjects) {
        const std::pair key{subject, minted.recipient.name};
        if (carries_alert || minted.stage == model::Stage::first_alert) alerted_.insert(key);
        if (minted.stage == model::Stage::recovery && !alerted_.contains(key)) {
            violated("recovery_never_before_first_alert", subject + " for " + minted.recipient.name);
        }
    }
}

bool Invariants::was_refused(const model::DutyId& duty, const model::ContactId& contact) const {
    return std::ranges::any_of(minted_, [&](const auto& entry) {
        const auto& minted = entry.second;
        return minted.contact == contact && minted.refused && std::ranges::find(minted.duties, duty) != minted.duties.end();
    });
}

Milliseconds Invariants::usable_since(const model::Contact& contact) const {
    constexpr auto never = Milliseconds::max();
    const auto network = world_.network_down ? never : world_.network_well_since;
    if (contact.channel == model::ChannelKind::webhook) {
        const auto begin = contact.address.find("://") + 3;
        const auto& receiver = world_.receivers.at(contact.address.substr(begin, contact.address.find('/', begin) - begin));
        return receiver.mode == ReceiverMode::ok ? std::max(receiver.well_since, network) : never;
    }
    auto since = never;
    for (const auto& configured : topology_.relays) {
        const auto& relay = world_.relays.at(configured.server.name);
        const auto reached = relay.out_of_band ? relay.well_since : std::max(relay.well_since, network);
        if (relay.mode == RelayMode::ok) since = std::min(since, std::max(reached, world_.reloaded_at));
    }
    return world_.refused_recipients.contains(contact.address) ? never : since;
}

Milliseconds Invariants::usable_since(const DutyTruth& truth) const {
    const auto& recipient = truth.armed.recipient;
    const auto tenant = topology_.directory.tenants.find(recipient.name);
    const bool customer = recipient.kind == model::RecipientKind::tenant;
    if (customer && truth.rehearsed) return Milliseconds::max();  // on-call's channels are what counted
    // whether an edit came before the notice was composed or after it decides who is asked
    if (customer && (tenant == topology_.directory.tenants.end() || !same_contacts(truth.armed.contacts, tenant->second.contacts)))
        return Milliseconds::max();
    const auto policy = customer ? tenant->second.policy : model::ContactPolicy::any;
    auto any = Milliseconds::max();
    auto all = Milliseconds{0};
    for (const auto& id : truth.armed.contacts) {
        const auto since = was_refused(truth.armed.id, id) ? Milliseconds::max() : usable_since(topology_.contacts.at(id));
        any = std::min(any, since);
        all = std::max(all, since);
    }
    const auto channel = policy == model::ContactPolicy::all ? all : any;
    return std::max({channel, world_.life_began, world_.awake_since});
}

/// A disk that takes its time holds a notice up for its own write and the one under way.
Milliseconds Invariants::stall_slack(Milliseconds at) const {
    const bool lately = world_.disk_stalls || (world_.disk_well_since > Milliseconds{0} && at - world_.disk_well_since < 4 * longest_stall);
    return lately ? 2 * longest_stall : Milliseconds{0};
}

} // namespace simulation

#include "tests/simulation/invariants.hpp"

#include "incidents/bound.hpp"
#include "incidents/elapsed.hpp"

#include <algorithm>
#include <limits>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds sweep_every{30'000};
constexpr Milliseconds widest_round_gap{3 * 60'000};  // between the rounds of a young envelope: 10, 13, 16, 19 min
constexpr Milliseconds young_for{19 * 60'000};
constexpr Milliseconds late_round_gap{15 * 60'000};   // after that
constexpr Milliseconds record_takes{2'000};           // between an acceptance and its durable record, while the disk is well
constexpr Milliseconds heartbeat_gap{6'000};          // what no heartbeat has recorded yet, while the disk is well

Milliseconds widest_window(const Topology& topology) {
    Milliseconds widest{0};
    for (const auto& watch : topology.watches) {
        incidents::BoundInput input;
        input.watch = watch;
        input.rules = topology.directory.rules;
        for (const auto& [id, contact] : topology.contacts) {
            if (contact.channel == model::ChannelKind::mail) ++input.mail_recipients;
            else ++input.webhook_recipients;
        }
        for (const auto& relay : topology.relays) {
            input.send_rates.push_back(relay.send_rate > 0 ? relay.send_rate : std::numeric_limits<double>::infinity());
        }
        const auto bound = incidents::bound(input);
        widest = std::max({widest, bound.told, bound.told_one_hanging});
    }
    return widest + widest_round_gap;
}

} // namespace

Invariants::Invariants(World& world, const Topology& topology) : world_(world), topology_(topology), window_(widest_window(topology)) {}

void Invariants::life_began(const hinomi::Engine& engine, const std::vector<model::Event>& durable) {
    engine_ = &engine;
    lost_with_the_boot_ = world_.now - world_.last_disk_write + heartbeat_gap;
    const auto before = std::exchange(duties_, {});
    recorded_.clear();
    owed_.clear();
    for (const auto& event : durable) learn(event);
    for (auto& [id, truth] : duties_) {
        const auto old = before.find(id);
        if (old == before.end()) continue;
        truth.least_remaining = old->second.least_remaining;
        truth.seen_in_boot = old->second.seen_in_boot;
        truth.armed_at = old->second.armed_at;
        if (truth.composed_at > Milliseconds{0}) truth.composed_at = old->second.composed_at;
    }
    for (auto& accepted : world_.accepted) {
        const bool just_before = accepted.life + 1 == world_.life && world_.life_ended - accepted.at <= record_takes;
        if (just_before && recorded_[accepted.message_id] == 0) accepted.record_lost = true;
    }
    for (auto& target : world_.targets) target.last_start = Milliseconds{-1};
    next_sweep_ = world_.now;
}

void Invariants::event(const model::Event& event) {
    take_acceptances();  // what arrived before the product knew
    learn(event);
    if (const auto* missed = std::get_if<model::DutyMissed>(&event.payload)) check_miss(*missed);
    if (const auto* confirmed = std::get_if<model::Confirmed>(&event.payload)) check_alarm(*confirmed);
    if (const auto* worsened = std::get_if<model::Worsened>(&event.payload))
        owed_.push_back({worsened->incident, worsened->tenants, worsened->detect});
    if (const auto* relapsed = std::get_if<model::Relapsed>(&event.payload))
        owed_.push_back({relapsed->incident, relapsed->tenants, relapsed->member.detect});
}

void Invariants::learn(const model::Event& event) {
    if (const auto* armed = std::get_if<model::DutiesArmed>(&event.payload)) {
        for (const auto& duty : armed->duties) {
            if (!duties_.try_emplace(duty.id, DutyTruth{.armed = duty, .armed_at = world_.now}).second) {
                violated("duty_is_armed_once", duty.id);
            }
        }
    } else if (const auto* composed = std::get_if<model::NoticeComposed>(&event.payload)) {
        learn(*composed, event.sequence);
    } else if (const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload)) {
        learn(recorded->delivery);
    } else if (const auto* missed = std::get_if<model::DutyMissed>(&event.payload)) {
        if (++duties_.at(missed->duty).misses > 1) violated("miss_leaves_one_record", missed->duty);
    } else if (const auto* voided = std::get_if<model::DutyVoided>(&event.payload)) {
        duties_.at(voided->duty).voided = true;
    }
}

void Invariants::learn(const model::NoticeComposed& composed, model::Sequence sequence) {
    for (const auto& envelope : composed.notice.envelopes) {
        Minted minted;
        minted.recipient = composed.notice.recipient;
        minted.stage = composed.notice.stage;
        minted.duties = composed.notice.duties;
        minted.subjects = composed.notice.subjects;
        minted.envelope = envelope.id;
        minted.contact = envelope.contact;
        minted.sequence = sequence;
        message_of_[envelope.id] = envelope.message_id;
        for (const auto& id : composed.notice.duties) {
            if (const auto duty = duties_.find(id); duty != duties_.end()) duty->second.composed_at = world_.now;
        }
        minted_.try_emplace(envelope.message_id, std::move(minted));
    }
    for (const auto& envelope : composed.notice.supersedes) {
        const auto message = message_of_.find(envelope);
        if (message != message_of_.end()) minted_.at(message->second).superseded = true;
    }
}

void Invariants::learn(const model::Delivery& delivery) {
    const auto message = message_of_.find(delivery.envelope);
    if (message == message_of_.end()) violated("delivery_of_a_known_envelope", delivery.envelope);
    auto& minted = minted_.at(message->second);
    if (delivery.outcome == model::DeliveryOutcome::refused || delivery.outcome == model::DeliveryOutcome::undeliverable)
        minted.refused = true;
    if (delivery.outcome != model::DeliveryOutcome::accepted) return;
    ++recorded_[message->second];
    for (const auto& id : minted.duties) {
        if (const auto duty = duties_.find(id); duty != duties_.end()) duty->second.accepted = true;
    }
}

void Invariants::sending(const std::string& message_id) {
    const auto bare = message_id.starts_with('<') ? message_id.substr(1, message_id.size() - 2) : message_id;
    const auto minted = minted_.find(bare);
    if (minted == minted_.end()) violated("only_known_messages_are_sent", message_id);
    const auto& ledger = engine_->ledger();
    if (ledger.durable() && minted->second.sequence > ledger.durable_upto()) violated("durable_before_sent", message_id);
}

void Invariants::probing(Target& target) {
    if (target.last_start >= Milliseconds{0} && world_.now - target.last_start > target.interval_limit) {
        violated("probe_gap_within_limit",
                 target.name + " was not probed for " + std::to_string((world_.now - target.last_start).count()) + " ms");
    }
    target.last_start = world_.now;
}

void Invariants::turn() {
    if (violation_) throw *violation_;
    check_owed();
    take_acceptances();
    if (world_.now >= next_sweep_) sweep();
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
    }
    earlier.push_back(index);
    check_isolation(accepted, minted->second);
    check_order(minted->second);
}

void Invariants::check_isolation(const Accepted& accepted, const Minted& minted) const {
    if (minted.recipient.kind != model::RecipientKind::tenant) return;
    for (const auto& [name, tenant] : topology_.directory.tenants) {
        if (name == minted.recipient.name) continue;
        if (accepted.text.contains(name)) violated("no_tenant_sees_another", minted.envelope + " names " + name);
        const bool theirs =
            std::ranges::any_of(tenant.contacts, [&](const auto& contact) { return contact.address == accepted.contact_address; });
        if (theirs) violated("no_tenant_sees_another", minted.envelope + " went to a contact of " + name);
    }
}

void Invariants::check_order(const Minted& minted) {
    if (minted.recipient.kind != model::RecipientKind::tenant) return;
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
    if (contact.channel == model::ChannelKind::webhook) {
        const auto begin = contact.address.find("://") + 3;
        const auto& receiver = world_.receivers.at(contact.address.substr(begin, contact.address.find('/', begin) - begin));
        return receiver.mode == ReceiverMode::ok ? receiver.well_since : never;
    }
    auto since = never;
    for (const auto& [name, relay] : world_.relays) {
        if (relay.mode == RelayMode::ok) since = std::min(since, relay.well_since);
    }
    return world_.refused_recipients.contains(contact.address) ? never : since;
}

Milliseconds Invariants::usable_since(const DutyTruth& truth) const {
    const auto& recipient = truth.armed.recipient;
    const auto tenant = topology_.directory.tenants.find(recipient.name);
    const auto policy = recipient.kind == model::RecipientKind::tenant ? tenant->second.policy : model::ContactPolicy::any;
    auto any = Milliseconds::max();
    auto all = Milliseconds{0};
    for (const auto& id : truth.armed.contacts) {
        const auto since = was_refused(truth.armed.id, id) ? Milliseconds::max() : usable_since(topology_.contacts.at(id));
        any = std::min(any, since);
        all = std::max(all, since);
    }
    const auto channel = policy == model::ContactPolicy::all ? all : any;
    return std::max({channel, world_.network_down ? Milliseconds::max() : world_.network_well_since, world_.life_began});
}

void Invariants::check_miss(const model::DutyMissed& missed) {
    const auto& truth = duties_.at(missed.duty);
    const auto book = engine_->book().duties.find(missed.duty);
    if (missed.cause.empty()) violated("miss_has_a_cause", missed.duty);
    // across boots elapsed time is an estimate that may run ahead of the truth: it must not be held against the channel
    if (book != engine_->book().duties.end() && book->second.deadline.estimated) return;
    const auto since = std::max(usable_since(truth), truth.armed_at);
    const bool old = truth.composed_at > Milliseconds{0} && world_.now - truth.composed_at > young_for;
    if (since != Milliseconds::max() && world_.now - since >= window_ + (old ? late_round_gap : Milliseconds{0})) {
        violated("usable_channel_means_in_time",
                 missed.duty + " was missed though a channel was usable for " + std::to_string((world_.now - since).count()) + " ms");
    }
}

void Invariants::check_alarm(const model::Confirmed& confirmed) const {
    const auto target = std::ranges::find(world_.targets, confirmed.watch, &Target::name);
    const auto first_bad = confirmed.first_bad.boot + world_.boot_zero;
    const bool same_boot = confirmed.first_bad.boot_id == world_.boot_id;
    if (same_boot && target->mode == TargetMode::ok && target->well_since <= first_bad && !world_.network_down &&
        world_.network_well_since <= first_bad) {
        violated("no_alarm_without_trouble", confirmed.watch);
    }
}

void Invariants::check_owed() {
    for (const auto& owed : std::exchange(owed_, {})) {
        for (const auto& tenant : owed.tenants) {
            const auto prefix = owed.incident + "/first_alert/";
            bool found = false;
            for (auto duty = duties_.lower_bound(prefix); duty != duties_.end() && duty->first.starts_with(prefix); ++duty) {
                found = found || (duty->second.armed.recipient.name == tenant && duty->second.armed.deadline.base == owed.detect);
            }
            if (!found) violated("relapse_or_worsening_owes_an_alert", owed.incident + " to " + tenant);
        }
    }
}

void Invariants::sweep() {
    next_sweep_ = world_.now + sweep_every;
    if (engine_ == nullptr) return;
    check_remaining();
    check_unknown();
}

void Invariants::check_remaining() {
    const auto now = world_.instant();
    for (const auto& [id, duty] : engine_->book().duties) {
        if (duty.settled) continue;
        auto truth = duties_.find(id);
        if (truth == duties_.end()) violated("book_holds_only_armed_duties", id);
        const auto remaining = duty.deadline.limit - incidents::elapsed(duty.deadline, now);
        const auto slack = truth->second.seen_in_boot == now.boot_id ? Milliseconds{0} : lost_with_the_boot_;
        if (truth->second.least_remaining != Milliseconds::max() && remaining > truth->second.least_remaining + slack) {
            violated("remaining_time_never_grows", id + " by " + std::to_string((remaining - truth->second.least_remaining).count()) +
                                                       " ms, where " + std::to_string(slack.count()) + " ms may be lost");
        }
        truth->second.least_remaining = remaining;
        truth->second.seen_in_boot = now.boot_id;
        if (duty.state == model::DutyState::armed && remaining < -sweep_every) violated("miss_is_recorded", id);
    }
}

void Invariants::check_unknown() const {
    const auto now = world_.instant();
    for (const auto& [id, facts] : engine_->book().watches) {
        if (!facts.unknown_since || facts.unknown_since->boot_id != now.boot_id) continue;
        const auto limit = facts.watch_class == model::WatchClass::liveness ? 300s : 600s;
        if (now.boot - facts.unknown_since->boot < limit + sweep_every) continue;
        const bool told = std::ranges::any_of(engine_->book().incidents, [&](const auto& entry) {
            return entry.second.kind == model::IncidentKind::blind && entry.second.open();
        });
        if (!told) violated("unknown_never_lasts_unseen", id);
    }
}

void Invariants::violated(const std::string& invariant, const std::string& what) const {
    if (!violation_) violation_ = Violation(invariant, what);
    throw *violation_;
}

void Invariants::finish(const std::vector<model::Event>& durable) {
    for (const auto& [id, duty] : engine_->book().duties) {
        if (!duty.settled) violated("every_duty_ends", id + " is not settled");
    }
    for (const auto& [id, truth] : duties_) {
        if (!truth.accepted && truth.misses == 0 && !truth.voided) violated("every_duty_ends", id + " was neither met nor missed");
    }
    for (const auto& [id, indices] : acceptances_) {
        const auto& minted = minted_.at(id);
        const bool excused = minted.superseded || std::ranges::all_of(indices, [this](auto index) {
                                 const auto& accepted = world_.accepted[index];
                                 return accepted.undurable || accepted.record_lost || !accepted.reply_known;
                             });
        if (!excused && recorded_[id] == 0) {
            const auto& last = world_.accepted[indices.back()];
            violated("accepted_is_recorded", minted.envelope + " accepted at " + std::to_string(last.at.count() / 60'000) +
                                                 " min in life " + std::to_string(last.life));
        }
    }
    const auto counts = engine_->outbox().counts();
    if (counts.pending_mail + counts.pending_webhook > 0)
        violated("outbox_empties_when_all_heals", std::to_string(counts.pending_mail + counts.pending_webhook) + " left");
    incidents::Book again;
    for (const auto& event : durable) again.apply(event);
    for (const auto& [id, duty] : engine_->book().duties) {
        const auto twin = again.duties.find(id);
        if (twin == again.duties.end() || twin->second.state != duty.state) violated("replay_gives_the_same_state", id);
    }
}

} // namespace simulation

#include "notifier/pending.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace notifier {

using model::Milliseconds;

Pending::Change Pending::apply(const model::Event& event) {
    Change change;
    if (const auto* composed = std::get_if<model::NoticeComposed>(&event.payload)) {
        compose(*composed, event.sequence, change);
    } else if (const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload)) {
        record(recorded->delivery, change);
    } else if (const auto* armed = std::get_if<model::DutiesArmed>(&event.payload)) {
        for (const auto& duty : armed->duties) {
            auto& known = duties_[duty.id];
            known.deadline = duty.deadline;
            known.met = known.voided = false;
        }
    } else if (const auto* settled = std::get_if<model::DutySettled>(&event.payload)) {
        if (const auto duty = duties_.find(settled->duty); duty != duties_.end()) {
            duty->second.met = true;
            if (duty->second.carriers.empty()) duties_.erase(duty);
        }
    } else if (const auto* voided = std::get_if<model::DutyVoided>(&event.payload)) {
        end_duty(voided->duty, change);
    } else if (const auto* bounced = std::get_if<model::Bounced>(&event.payload)) {
        come_back(bounced->envelope, change);
    }
    return change;
}

void Pending::compose(const model::NoticeComposed& composed, model::Sequence sequence, Change& change) {
    if (notices_.contains(composed.notice.id)) return;
    for (const auto& id : composed.notice.supersedes) {
        if (const auto number = numbers_.find(id); number != numbers_.end()) end(number->second, change);
    }
    const auto notice = std::make_shared<const model::Notice>(composed.notice);
    remember_thread(*notice);
    auto envelopes = notice->envelopes;
    std::ranges::sort(envelopes, {}, [](const auto& envelope) { return std::tie(envelope.order, envelope.id); });
    auto& open = notices_[notice->id];
    open.of = envelopes.size();
    for (auto& envelope : envelopes) {
        const auto number = ++last_;
        numbers_[envelope.id] = number;
        composed_[envelope.channel].insert(notice->composed.wall);
        open.envelopes.push_back(number);
        for (const auto& duty : notice->duties) duties_[duty].carriers.insert(number);
        envelopes_[number] = {.notice = notice, .envelope = std::move(envelope), .sequence = sequence, .attempts = 0};
        change.added.push_back(number);
    }
    if (open.envelopes.empty()) notices_.erase(notice->id);
}

void Pending::remember_thread(const model::Notice& notice) {
    for (const auto& incident : notice.subjects) {
        for (const auto& envelope : notice.envelopes) {
            const auto& first = envelope.in_reply_to.empty() ? envelope.message_id : envelope.in_reply_to;
            threads_[incident].try_emplace(envelope.contact, first);
        }
    }
}

void Pending::record(const model::Delivery& delivery, Change& change) {
    const auto number = numbers_.find(delivery.envelope);
    if (number == numbers_.end()) return;
    auto& pending = envelopes_.at(number->second);
    pending.attempts = std::max(pending.attempts, delivery.attempt);
    if (delivery.outcome == model::DeliveryOutcome::retry || delivery.outcome == model::DeliveryOutcome::unknown) return;
    if (delivery.outcome != model::DeliveryOutcome::accepted) {
        end(number->second, change);
        return;
    }
    const auto policy = pending.notice->policy;
    auto& open = notices_.at(pending.notice->id);
    ++open.accepted;
    if (policy != model::ContactPolicy::all || open.accepted == open.of) meet(pending);
    if (policy != model::ContactPolicy::primary) {
        end(number->second, change);
        return;
    }
    // one acceptance settles the others, which were only there in case
    for (const auto other : std::vector(open.envelopes)) end(other, change);
}

/// It came back before anybody knew that it had arrived: it is not sent again. In order, another notice goes to the contacts after it.
void Pending::come_back(const model::EnvelopeId& envelope, Change& change) {
    const auto number = numbers_.find(envelope);
    if (number == numbers_.end()) return;
    const auto& notice = *envelopes_.at(number->second).notice;
    const bool in_order = notice.policy == model::ContactPolicy::primary;
    for (const auto each : in_order ? notices_.at(notice.id).envelopes : std::vector{number->second}) end(each, change);
}

void Pending::meet(const PendingEnvelope& pending) {
    for (const auto& id : pending.notice->duties) duties_.at(id).met = true;
}

void Pending::end_duty(const model::DutyId& id, Change& change) {
    const auto duty = duties_.find(id);
    if (duty == duties_.end()) return;
    duty->second.voided = true;
    const auto carriers = duty->second.carriers;
    if (carriers.empty()) duties_.erase(duty);
    const auto is_void = [this](const auto& other) { return duties_.at(other).voided; };
    std::vector<EnvelopeNumber> useless;
    std::ranges::copy_if(carriers, std::back_inserter(useless),
                         [&](auto number) { return std::ranges::all_of(envelopes_.at(number).notice->duties, is_void); });
    for (const auto number : useless) end(number, change);
}

void Pending::end(EnvelopeNumber number, Change& change) {
    const auto entry = envelopes_.find(number);
    if (entry == envelopes_.end()) return;
    const auto next = after(number);
    const auto pending = std::move(entry->second);
    envelopes_.erase(entry);
    numbers_.erase(pending.envelope.id);
    auto& times = composed_[pending.envelope.channel];
    times.erase(times.find(pending.notice->composed.wall));
    auto& open = notices_.at(pending.notice->id);
    std::erase(open.envelopes, number);
    if (open.envelopes.empty()) notices_.erase(pending.notice->id);
    for (const auto& id : pending.notice->duties) release(id, number);
    change.ended.push_back({.envelope = number, .next = next});
}

void Pending::release(const model::DutyId& id, EnvelopeNumber number) {
    const auto duty = duties_.find(id);
    if (duty == duties_.end()) return;
    duty->second.carriers.erase(number);
    const bool over = duty->second.met || duty->second.voided || !duty->second.deadline;
    if (duty->second.carriers.empty() && over) duties_.erase(duty);
}

const PendingEnvelope* Pending::find(EnvelopeNumber envelope) const {
    const auto entry = envelopes_.find(envelope);
    return entry == envelopes_.end() ? nullptr : &entry->second;
}

std::optional<EnvelopeNumber> Pending::after(EnvelopeNumber envelope) const {
    const auto* pending = find(envelope);
    if (pending == nullptr || pending->notice->policy != model::ContactPolicy::primary) return std::nullopt;
    const auto& line = notices_.at(pending->notice->id).envelopes;
    const auto next = std::ranges::upper_bound(line, envelope);
    return next == line.end() ? std::nullopt : std::optional(*next);
}

EnvelopeNumber Pending::first_of(EnvelopeNumber envelope) const {
    return notices_.at(envelopes_.at(envelope).notice->id).envelopes.front();
}

Milliseconds Pending::limit(EnvelopeNumber envelope, const model::Instant& now) const {
    auto nearest = Milliseconds::max();
    const auto* pending = find(envelope);
    if (pending == nullptr) return nearest;
    for (const auto& id : pending->notice->duties) {
        const auto duty = duties_.find(id);
        if (duty == duties_.end() || duty->second.met || duty->second.voided || !duty->second.deadline) continue;
        const auto& deadline = *duty->second.deadline;
        // In another boot only wall time tells how long it has run (semantics 1.2); good enough to order the sending.
        const auto end =
            deadline.anchor.boot_id == now.boot_id
                ? deadline.anchor.boot + deadline.limit - deadline.elapsed_at_anchor
                : now.boot + deadline.limit - std::max(deadline.elapsed_at_anchor, Milliseconds{now.wall - deadline.base.wall});
        nearest = std::min(nearest, end);
    }
    return nearest;
}

std::vector<model::EnvelopeId> Pending::superseded_by(const std::vector<model::DutyId>& duties) const {
    const std::set<model::DutyId> taken(duties.begin(), duties.end());
    std::set<EnvelopeNumber> candidates;
    for (const auto& id : taken) {
        const auto duty = duties_.find(id);
        // also of one that was met: it is composed anew since what was accepted came back
        if (duty == duties_.end() || duty->second.voided) continue;
        candidates.insert(duty->second.carriers.begin(), duty->second.carriers.end());
    }
    std::vector<model::EnvelopeId> superseded;
    for (const auto number : candidates) {
        const auto& pending = envelopes_.at(number);
        const bool covered = std::ranges::all_of(pending.notice->duties, [&](const auto& id) {
            const auto& duty = duties_.at(id);
            return duty.met || duty.voided || taken.contains(id) || taken_over(duty, number);
        });
        if (covered) superseded.push_back(pending.envelope.id);
    }
    return superseded;
}

bool Pending::taken_over(const Duty& duty, EnvelopeNumber number) const {
    const auto& notice = envelopes_.at(number).notice;
    return std::any_of(duty.carriers.upper_bound(number), duty.carriers.end(),
                       [&](auto newer) { return envelopes_.at(newer).notice != notice; });
}

std::map<model::ContactId, std::string> Pending::thread(const std::string& incident) const {
    const auto known = threads_.find(incident);
    return known == threads_.end() ? std::map<model::ContactId, std::string>{} : known->second;
}

void Pending::forget(const std::vector<std::string>& incidents) {
    for (const auto& incident : incidents) {
        threads_.erase(incident);
        const auto prefix = incident + "/";
        for (auto duty = duties_.lower_bound(prefix); duty != duties_.end() && duty->first.starts_with(prefix);) {
            duty = duty->second.carriers.empty() ? duties_.erase(duty) : std::next(duty);
        }
    }
}

Pending::Tally Pending::tally(model::ChannelKind kind) const {
    const auto times = composed_.find(kind);
    if (times == composed_.end() || times->second.empty()) return {};
    return {.count = times->second.size(), .oldest = *times->second.begin()};
}

} // namespace notifier

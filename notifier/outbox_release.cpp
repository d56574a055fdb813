#include "notifier/outbox_core.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <exception>

namespace notifier {

using model::Milliseconds;

namespace {

/// How long ago `then` was, by best knowledge: wall time only where the machine was restarted in between.
Milliseconds age(const model::Instant& then, const model::Instant& now) {
    const Milliseconds difference = then.boot_id == now.boot_id ? now.boot - then.boot : Milliseconds{now.wall - then.wall};
    return std::max(difference, Milliseconds{0});
}

} // namespace

void OutboxCore::queue(EnvelopeNumber number) { uncommitted_.emplace_back(pending_.find(number)->sequence, number); }

asio::awaitable<void> OutboxCore::release_committed(std::shared_ptr<OutboxCore> core) {
    while (!core->over()) {
        if (core->uncommitted_.empty()) {
            co_await core->composed_.wait();
            continue;
        }
        const auto sequence = core->uncommitted_.front().first;
        try {
            co_await core->effects_.journal.committed(sequence);
        } catch (const boost::system::system_error& error) {
            if (error.code() == asio::error::operation_aborted) co_return;
            spdlog::error("outbox: waiting for the ledger failed ({}); the notice goes out all the same", error.what());
        } catch (const std::exception& error) {
            spdlog::error("outbox: waiting for the ledger failed ({}); the notice goes out all the same", error.what());
        }
        if (!core->over()) core->release(sequence);
    }
}

void OutboxCore::release(model::Sequence upto) {
    const auto now = effects_.clock.now();
    while (!uncommitted_.empty() && uncommitted_.front().first <= upto) {
        const auto number = uncommitted_.front().second;
        uncommitted_.pop_front();
        release_one(number, now);
    }
    dispatcher_.ring();
}

/// `any` and `all`: every contact at once. `primary`: the first unsettled one, those that were tried before a restart, and, when a line is
/// lost, those who are reached without it.
bool OutboxCore::at_once(EnvelopeNumber number) const {
    const auto& pending = *pending_.find(number);
    if (pending.notice->policy != model::ContactPolicy::primary || pending_.first_of(number) == number || pending.attempts > 0) return true;
    const auto* to = contact(pending.envelope.contact);
    return pending.notice->stage == model::Stage::line_fault && to != nullptr && to->out_of_band;
}

void OutboxCore::release_one(EnvelopeNumber number, const model::Instant& now) {
    const auto flight = flights_.find(number);
    if (flight == flights_.end()) return;  // superseded meanwhile
    const auto& pending = *pending_.find(number);
    const auto began = now.boot - age(pending.notice->composed, now);
    if (at_once(number)) activate(number, began, now);
    else flight->second.phase = Phase::idle;  // an earlier contact sets when its turn comes
}

/// Puts an envelope on its way. `nominal` is when its turn came, from which the next contact's turn is counted.
void OutboxCore::activate(EnvelopeNumber number, Milliseconds nominal, const model::Instant& now) {
    auto& flight = flights_.at(number);
    flight.course = begin_course(settings_, now.boot);
    // Who tells that a line is lost starts with the relays that do not need it; the next round tries all.
    if (pending_.find(number)->notice->stage == model::Stage::line_fault) flight.course.tried = relays_.in_band();
    flight.limit = pending_.limit(number, now);
    flight.give_up = now.boot - age(pending_.find(number)->notice->composed, now) + settings_.give_up_after;
    flight.phase = Phase::resting;
    wake_at(number, std::min(flight.course.due, flight.give_up));
    if (const auto next = pending_.after(number)) activate_next(*next, nominal + settings_.next_contact_after);
}

/// The next contact's turn comes at `nominal`, unless it has come already.
void OutboxCore::activate_next(EnvelopeNumber number, Milliseconds nominal) {
    const auto entry = flights_.find(number);
    if (entry == flights_.end()) return;
    auto& flight = entry->second;
    if (flight.phase != Phase::composed && flight.phase != Phase::idle) return;
    flight.phase = Phase::idle;
    wake_at(number, std::min(flight.wake, nominal));
    dispatcher_.ring();
}

std::size_t OutboxCore::retry_now() {
    const auto now = effects_.clock.now().boot;
    relays_.trust_all();
    std::size_t count = 0;
    for (auto& [number, flight] : flights_) {
        if (flight.phase != Phase::resting) continue;
        flight.course.tried.clear();
        flight.course.due = now;
        wake_at(number, now);
        ++count;
    }
    dispatcher_.ring();
    return count;
}

std::vector<OutboxLine> OutboxCore::lines(std::size_t most) const {
    static constexpr std::array<const char*, 5> words{"composed", "idle", "resting", "waiting", "sending"};
    std::vector<OutboxLine> lines;
    for (const auto& [number, pending] : pending_.all()) {
        if (lines.size() == most) break;
        auto& line = lines.emplace_back();
        line.envelope = pending.envelope.id;
        line.message_id = pending.envelope.message_id;
        line.recipient = pending.notice->recipient;
        line.stage = pending.notice->stage;
        line.subjects = pending.notice->subjects;
        line.contact = pending.envelope.contact;
        line.channel = pending.envelope.channel;
        line.attempts = pending.attempts;
        line.composed = pending.notice->composed.wall;
        const auto flight = flights_.find(number);
        if (flight == flights_.end()) continue;
        line.phase = words.at(static_cast<std::size_t>(flight->second.phase));
        line.next = flight->second.phase == Phase::resting ? flight->second.wake : Milliseconds::max();
        line.limit = flight->second.limit;
    }
    return lines;
}

void OutboxCore::end_flight(EnvelopeNumber number) {
    const auto entry = flights_.find(number);
    if (entry == flights_.end()) return;
    if (entry->second.phase == Phase::waiting) leave_line(number);
    wakes_.erase({entry->second.wake, number});
    flights_.erase(entry);
}

} // namespace notifier

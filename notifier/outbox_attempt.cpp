#include "notifier/outbox_core.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace notifier {

namespace {

constexpr model::Milliseconds hand_over{5'000};  // to the lane and back, beside what a webhook's own time is for

/// An exception out of a channel is a defect there; whether bytes went out is not known.
model::Delivery broken(const model::Instant& now) {
    model::Delivery delivery;
    delivery.outcome = model::DeliveryOutcome::unknown;
    delivery.relay_fault = true;
    delivery.text = "the attempt ended with an internal error: see the log, and please report it";
    delivery.began = delivery.ended = now;
    return delivery;
}

} // namespace

void OutboxCore::begin_attempt(EnvelopeNumber number, Lane lane, std::shared_ptr<const Relay> relay, std::string name,
                               const model::Instant& now) {
    leave_line(number);
    auto& flight = flights_.at(number);
    flight.phase = Phase::sending;
    wake_at(number, model::Milliseconds::max());
    const auto& pending = *pending_.find(number);
    const auto ticket = ++last_ticket_;
    auto& attempt_entry = attempts_[ticket];
    attempt_entry.envelope = number;
    attempt_entry.lane = lane;
    attempt_entry.frame.envelope = pending.envelope.id;
    attempt_entry.frame.attempt = pending.attempts + 1;
    attempt_entry.frame.round = flight.course.round;
    attempt_entry.frame.relay = name;
    attempt_entry.frame.began = now;
    attempt_entry.latest = now.boot + (relay ? io::longest_transaction(relay->server) : settings_.webhook_timeout + hand_over);
    if (lane == Lane::relay) {
        relays_.begin(name, now.boot);
        ++mails_under_way_;
    } else {
        receivers_.begin(name);
    }
    Shipment shipment{.notice = pending.notice,
                      .envelope = pending.envelope,
                      .contact = contacts_.at(pending.envelope.contact),
                      .relay = std::move(relay)};
    run(attempt(shared_from_this(), ticket, *channels_.at(pending.envelope.channel).channel, std::move(shipment)));
}

asio::awaitable<void> OutboxCore::attempt(std::shared_ptr<OutboxCore> core, Ticket ticket, Channel& channel, Shipment shipment) {
    model::Delivery delivery;
    try {
        delivery = co_await channel.send(std::move(shipment));
    } catch (const std::exception& error) {
        if (core->closed_) co_return;
        spdlog::error("outbox: an attempt ended with an internal error: {}", error.what());
        delivery = broken(core->effects_.clock.now());
    }
    if (!core->closed_) core->finish(ticket, std::move(delivery));
}

void OutboxCore::finish(Ticket ticket, model::Delivery delivery) {
    const auto entry = attempts_.find(ticket);
    if (entry == attempts_.end()) return;  // cut by an orderly stop and recorded then
    const auto attempt_entry = std::move(entry->second);
    attempts_.erase(entry);
    ++progress_;
    const auto& frame = attempt_entry.frame;
    delivery.envelope = frame.envelope;
    delivery.attempt = frame.attempt;
    delivery.round = frame.round;
    delivery.relay = frame.relay;
    if (delivery.began == model::Instant{}) delivery.began = frame.began;
    if (delivery.ended == model::Instant{}) delivery.ended = effects_.clock.now();
    if (attempt_entry.lane == Lane::relay) {
        --mails_under_way_;
        relays_.end(frame.relay, delivery.relay_fault ? Relays::End::failed : Relays::End::answered, effects_.clock.now().boot);
    } else {
        receivers_.end(frame.relay, delivery.relay_fault ? Receivers::End::failed : Receivers::End::answered);
    }
    record(delivery);
    plan_next(attempt_entry.envelope, delivery);
    dispatcher_.ring();
    stopper_.ring();
}

void OutboxCore::record(model::Delivery delivery) {
    try {
        effects_.journal.append({model::DeliveryRecorded{std::move(delivery)}});
    } catch (const std::exception& error) {
        // Better sent twice than never: the envelope stays pending and goes out again under the same id.
        spdlog::error("outbox: a delivery could not be recorded: {}", error.what());
    }
}

/// Unless the record settled it: when the envelope is tried again.
void OutboxCore::plan_next(EnvelopeNumber number, const model::Delivery& delivery) {
    const auto entry = flights_.find(number);
    if (entry == flights_.end()) return;
    auto& flight = entry->second;
    const auto now = effects_.clock.now();
    const auto* pending = pending_.find(number);
    const bool by_relay = channels_.at(pending->envelope.channel).lane == Lane::relay;
    const auto failed = flight.course.failed_rounds;
    flight.course = after_attempt(std::move(flight.course),
                                  {.relay = delivery.relay,
                                   .ended = now.boot,
                                   .relay_fault = delivery.relay_fault,
                                   .not_before = honoured_until(delivery.retry_after, now.boot, flight.limit, settings_)},
                                  by_relay ? relays_.names() : std::vector<std::string>{}, settings_);
    failed_rounds_ += flight.course.failed_rounds - failed;
    flight.phase = Phase::resting;
    wake_at(number, std::min(flight.course.due, flight.give_up));
    if (flight.course.failed_rounds < settings_.next_contact_after_rounds) return;
    if (const auto next = pending_.after(number)) activate_next(*next, now.boot);
}

void OutboxCore::cut_all() {
    const auto now = effects_.clock.now();
    const auto cut = std::exchange(attempts_, {});
    for (const auto& [ticket, attempt_entry] : cut) {
        auto delivery = attempt_entry.frame;
        delivery.outcome = model::DeliveryOutcome::unknown;
        delivery.text = "cut by the stop of the daemon while under way; the next start sends it again under the same id";
        delivery.ended = now;
        record(std::move(delivery));
    }
}

} // namespace notifier

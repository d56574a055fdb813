#include "notifier/outbox_core.hpp"

#include "notifier/webhook_message.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>

namespace notifier {

using model::Milliseconds;

namespace {

constexpr Milliseconds after_defect{1'000};
constexpr Milliseconds sign_of_life{5'000};  // the longest time without a turn, also when nothing is pending

} // namespace

asio::awaitable<void> OutboxCore::dispatch(std::shared_ptr<OutboxCore> core) {
    while (!core->over()) {
        const auto now = core->effects_.clock.now().boot;
        auto next = now + after_defect;
        try {
            next = std::min(core->turn(), now + sign_of_life);
            ++core->progress_;
        } catch (const std::exception& error) {
            spdlog::error("outbox: {}; this is a defect, please report it; sending goes on in a second", error.what());
        }
        co_await core->dispatcher_.wait_until(next);
    }
}

/// Everything that can be done now. Returns when to look again, if nothing rings before.
Milliseconds OutboxCore::turn() {
    const auto now = effects_.clock.now();
    while (!wakes_.empty() && wakes_.begin()->first <= now.boot) {
        const auto [when, number] = *wakes_.begin();
        wake_at(number, Milliseconds::max());
        woken(number, when, now);
    }
    const auto relay_free = serve_relays(now);
    serve_receivers(now);
    return wakes_.empty() ? relay_free : std::min(relay_free, wakes_.begin()->first);
}

void OutboxCore::wake_at(EnvelopeNumber number, Milliseconds when) {
    auto& flight = flights_.at(number);
    wakes_.erase({flight.wake, number});
    flight.wake = when;
    if (when != Milliseconds::max()) wakes_.emplace(when, number);
}

void OutboxCore::woken(EnvelopeNumber number, Milliseconds when, const model::Instant& now) {
    auto& flight = flights_.at(number);
    if (flight.phase == Phase::idle) {
        activate(number, when, now);
    } else if (now.boot >= flight.give_up) {
        const auto hours = std::chrono::floor<std::chrono::hours>(settings_.give_up_after).count();
        give_up(number, fmt::format("given up: not accepted within {} h of its composition", hours));
    } else if (flight.phase == Phase::resting) {
        line_up(number);
    }
}

void OutboxCore::line_up(EnvelopeNumber number) {
    const auto& envelope = pending_.find(number)->envelope;
    const auto contact = contacts_.find(envelope.contact);
    if (contact == contacts_.end()) {
        give_up(number, fmt::format("contact {} has no address any more: it was removed from the configuration", envelope.contact));
        return;
    }
    auto& flight = flights_.at(number);
    flight.phase = Phase::waiting;
    wake_at(number, flight.give_up);
    flight.receiver.clear();
    if (channels_.at(envelope.channel).lane == Lane::relay) {
        relay_lines_[flight.course.tried].insert(place(number));
    } else {
        flight.receiver = webhook_host(contact->second.address);
        receivers_.wait(flight.receiver, place(number));
    }
}

void OutboxCore::leave_line(EnvelopeNumber number) {
    const auto& flight = flights_.at(number);
    if (const auto line = relay_lines_.find(flight.course.tried); line != relay_lines_.end()) {
        line->second.erase(place(number));
        if (line->second.empty()) relay_lines_.erase(line);
    }
    receivers_.leave(flight.receiver, place(number));
}

void OutboxCore::give_up(EnvelopeNumber number, std::string text) {
    const auto& pending = *pending_.find(number);
    model::Delivery delivery;
    delivery.envelope = pending.envelope.id;
    delivery.outcome = model::DeliveryOutcome::undeliverable;
    delivery.attempt = pending.attempts;
    delivery.round = flights_.at(number).course.round;
    delivery.text = std::move(text);
    delivery.began = delivery.ended = effects_.clock.now();
    record(std::move(delivery));
    if (flights_.contains(number)) wake_at(number, effects_.clock.now().boot + after_defect);  // it could not be recorded
}

/// Gives every free relay to the first in line that may use it. Returns when one becomes usable by time alone.
Milliseconds OutboxCore::serve_relays(const model::Instant& now) {
    while (mails_under_way_ < settings_.mail_parallel) {
        auto next = Milliseconds::max();
        std::optional<Place> first;
        std::shared_ptr<const Relay> relay;
        const std::set<Place>* stranded = nullptr;
        for (const auto& [tried, line] : relay_lines_) {
            auto pick = relays_.pick(tried, now.boot);
            next = std::min(next, pick.next);
            if (pick.exhausted) stranded = &line;
            if (!pick.relay || (first && *first < *line.begin())) continue;
            first = *line.begin();
            relay = std::move(pick.relay);
        }
        if (stranded != nullptr) {
            no_relay_left(std::set<Place>(*stranded), now);
        } else if (first) {
            begin_attempt(first->envelope, Lane::relay, relay, relay->server.name, now);
        } else {
            return next;
        }
    }
    return Milliseconds::max();  // the end of one of them rings
}

/// A reload took away the relays that these waited for, or there is none at all: their round ends here.
void OutboxCore::no_relay_left(const std::set<Place>& line, const model::Instant& now) {
    for (const auto& place : line) {
        const auto* pending = pending_.find(place.envelope);
        if (pending == nullptr) continue;
        leave_line(place.envelope);
        model::Delivery delivery;
        delivery.envelope = pending->envelope.id;
        delivery.attempt = pending->attempts + 1;
        delivery.round = flights_.at(place.envelope).course.round;
        delivery.step = "connect";
        delivery.text = "no mail relay is left to try: add one under `relays`";
        delivery.began = delivery.ended = now;
        record(delivery);
        plan_next(place.envelope, delivery);
    }
}

void OutboxCore::serve_receivers(const model::Instant& now) {
    while (const auto turn = receivers_.next()) begin_attempt(turn->place.envelope, Lane::receiver, nullptr, turn->host, now);
}

} // namespace notifier

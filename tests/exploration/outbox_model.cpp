#include "tests/exploration/outbox_model.hpp"

#include <algorithm>

namespace exploration {

using model::DeliveryOutcome;

std::string describe(const Action& action) {
    constexpr std::array words{"is composed",
                               "(the ledger commits)",
                               "begins to be sent by relay",
                               "is taken by relay",
                               "is refused for now by relay",
                               "is answered by relay",
                               "loses the reply of relay",
                               "(the process crashes)"};
    const auto step = static_cast<std::size_t>(action.step);
    if (action.step == Step::commit || action.step == Step::crash) return words.at(step);
    const auto text = "notice " + std::to_string(action.notice) + " " + words.at(step);
    return action.step == Step::compose ? text : text + " " + std::to_string(action.relay);
}

model::Event State::event_of(const Entry& entry, model::Sequence sequence) {
    const auto name = "N" + std::to_string(entry.notice);
    model::Event event;
    event.sequence = sequence;
    if (entry.composed) {
        model::Notice notice;
        notice.id = name;
        model::Envelope envelope;
        envelope.id = name + "/0";
        envelope.message_id = name + "@example";
        notice.envelopes.push_back(std::move(envelope));
        event.payload = model::NoticeComposed{std::move(notice)};
    } else {
        model::Delivery delivery;
        delivery.envelope = name + "/0";
        delivery.outcome = entry.outcome;
        event.payload = model::DeliveryRecorded{std::move(delivery)};
    }
    return event;
}

/// The product's own fold over everything that the process knows.
notifier::Pending State::fold() const {
    notifier::Pending outbox;
    model::Sequence sequence = 0;
    for (const auto& entry : durable_) outbox.apply(event_of(entry, ++sequence));
    for (const auto& entry : in_memory_) outbox.apply(event_of(entry, ++sequence));
    return outbox;
}

bool State::pending(const notifier::Pending& outbox, std::size_t notice) const {
    const auto id = "N" + std::to_string(notice) + "/0";
    return std::ranges::any_of(outbox.all(), [&](const auto& entry) { return entry.second.envelope.id == id; });
}

bool State::recorded(std::size_t notice, bool composed, bool durable_only) const {
    const auto is_it = [&](const Entry& entry) {
        return entry.notice == notice && entry.composed == composed && (composed || entry.outcome == DeliveryOutcome::accepted);
    };
    return std::ranges::any_of(durable_, is_it) || (!durable_only && std::ranges::any_of(in_memory_, is_it));
}

std::vector<Action> State::actions() const {
    std::vector<Action> actions;
    const auto outbox = fold();
    if (!in_memory_.empty()) actions.push_back({.step = Step::commit});
    for (std::uint8_t notice = 0; notice < notices; ++notice) {
        const bool composed = recorded(notice, /*composed=*/true, /*durable_only=*/false);
        const bool intent_later = order_ == Order::intent_after_sending && customers_[notice].wanted && !composed;
        if (!customers_[notice].wanted) actions.push_back({.step = Step::compose, .notice = notice});
        switch (flights_[notice]) {
        case Flight::none: {
            const bool durable = recorded(notice, /*composed=*/true, /*durable_only=*/true);
            if (!intent_later && !(durable && pending(outbox, notice))) break;
            for (std::uint8_t relay = 0; relay < relays; ++relay)
                actions.push_back({.step = Step::begin, .notice = notice, .relay = relay});
            break;
        }
        case Flight::on_the_way:
            actions.push_back({.step = Step::relay_takes, .notice = notice, .relay = by_relay_[notice]});
            if (relay_faults_ < most_relay_faults)
                actions.push_back({.step = Step::relay_refuses, .notice = notice, .relay = by_relay_[notice]});
            break;
        case Flight::taken:
            actions.push_back({.step = Step::reply, .notice = notice, .relay = by_relay_[notice]});
            if (relay_faults_ < most_relay_faults)
                actions.push_back({.step = Step::reply_lost, .notice = notice, .relay = by_relay_[notice]});
            break;
        case Flight::refused: actions.push_back({.step = Step::reply, .notice = notice, .relay = by_relay_[notice]}); break;
        }
    }
    // a crash of a process that has nothing to do changes nothing
    if (crashes_ < most_crashes && !actions.empty()) actions.push_back({.step = Step::crash});
    return actions;
}

State State::after(const Action& action) const {
    State next = *this;
    const auto notice = action.notice;
    switch (action.step) {
    case Step::compose:
        next.customers_[notice].wanted = true;
        if (order_ != Order::intent_after_sending) next.in_memory_.push_back({.notice = notice, .composed = true});
        break;
    case Step::commit:
        next.durable_.push_back(next.in_memory_.front());
        next.in_memory_.erase(next.in_memory_.begin());
        break;
    case Step::begin:
        next.flights_[notice] = Flight::on_the_way;
        next.by_relay_[notice] = action.relay;
        if (order_ == Order::outcome_before_sending) next.in_memory_.push_back({.notice = notice, .outcome = DeliveryOutcome::accepted});
        break;
    case Step::relay_takes:
        next.flights_[notice] = Flight::taken;
        ++next.customers_[notice].received;
        break;
    case Step::relay_refuses:
        next.flights_[notice] = Flight::refused;
        ++next.relay_faults_;
        break;
    case Step::reply:
        next.end_attempt(notice, flights_[notice] == Flight::taken ? DeliveryOutcome::accepted : DeliveryOutcome::retry);
        break;
    case Step::reply_lost:
        ++next.relay_faults_;
        ++next.customers_[notice].excused;
        next.end_attempt(notice, DeliveryOutcome::unknown);
        break;
    case Step::crash: next.crash(); break;
    }
    return next;
}

void State::end_attempt(std::size_t notice, DeliveryOutcome outcome) {
    const auto number = static_cast<std::uint8_t>(notice);
    flights_[notice] = Flight::none;
    if (order_ == Order::intent_after_sending && !recorded(notice, /*composed=*/true, /*durable_only=*/false))
        in_memory_.push_back({.notice = number, .composed = true});
    if (order_ != Order::outcome_before_sending) in_memory_.push_back({.notice = number, .outcome = outcome});
}

/// What was not durable is gone; relays go on by themselves with what they were given, or never saw it.
void State::crash() {
    ++crashes_;
    for (std::size_t notice = 0; notice < notices; ++notice) {
        const bool accepted = recorded(notice, /*composed=*/false, /*durable_only=*/false);
        const bool durably = recorded(notice, /*composed=*/false, /*durable_only=*/true);
        if (flights_[notice] == Flight::taken || (accepted && !durably)) ++customers_[notice].excused;
        flights_[notice] = Flight::none;
        // an incident whose events were lost is found again by its failing target, with a new notice; nothing of it was sent
        if (order_ != Order::intent_after_sending && !recorded(notice, /*composed=*/true, /*durable_only=*/true))
            customers_[notice].wanted = false;
    }
    in_memory_.clear();
}

std::string State::violation() const {
    for (std::size_t notice = 0; notice < notices; ++notice) {
        const auto& customer = customers_[notice];
        const auto name = "notice " + std::to_string(notice);
        if (customer.received > 0 && flights_[notice] == Flight::none && !recorded(notice, /*composed=*/true, /*durable_only=*/false))
            return name + " arrived, and after a crash nobody knows of it";
        if (customer.received > 1 + customer.excused) return name + " arrived twice without an unknown outcome";
    }
    return {};
}

std::string State::violation_at_rest() const {
    for (std::size_t notice = 0; notice < notices; ++notice) {
        const auto& customer = customers_[notice];
        const auto name = "notice " + std::to_string(notice);
        if (customer.wanted && customer.received == 0) return name + " never arrives";
        if (customer.wanted && !recorded(notice, /*composed=*/false, /*durable_only=*/true))
            return name + " arrived, and no record says so";
    }
    return {};
}

/// Notices differ by their names only, so states that are the same but for the names share a key. Relays have no state of
/// their own: which one it was matters to nobody later.
std::string State::key() const {
    std::array<std::uint8_t, notices> order{};
    for (std::uint8_t notice = 0; notice < notices; ++notice) order.at(notice) = notice;
    std::string least;
    do {
        auto key = key_as(order);
        if (least.empty() || key < least) least = std::move(key);
    } while (std::ranges::next_permutation(order).found);
    return least;
}

/// `order.at(n)` is the notice that goes by the name n.
std::string State::key_as(const std::array<std::uint8_t, notices>& order) const {
    std::string key;
    const auto add = [&](auto value) { key += static_cast<char>('0' + static_cast<int>(value)); };
    std::array<std::uint8_t, notices> name{};
    for (std::uint8_t place = 0; place < notices; ++place) {
        const auto notice = order.at(place);
        name.at(notice) = place;
        const auto& customer = customers_.at(notice);
        add(flights_.at(notice));
        add(recorded(notice, /*composed=*/true, /*durable_only=*/true));
        add(recorded(notice, /*composed=*/false, /*durable_only=*/true));
        add(std::min<int>(customer.received, 9));
        add(std::min<int>(customer.excused, 9));
        add(customer.wanted);
    }
    add(crashes_);
    add(relay_faults_);
    for (const auto& entry : in_memory_) {
        add(name.at(entry.notice));
        add(entry.composed);
        add(entry.outcome);
    }
    return key;
}

} // namespace exploration

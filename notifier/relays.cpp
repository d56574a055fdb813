#include "notifier/relays.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace notifier {

using model::Milliseconds;

// A tenth of a second's worth at once, so that a wake-up that is late by milliseconds does not lower a high rate.
double Relays::Slot::capacity() const { return std::max(1.0, relay->send_rate / 10); }

double Relays::Slot::tokens_at(Milliseconds now) const {
    if (relay->send_rate <= 0) return capacity();
    return std::min(capacity(), tokens + relay->send_rate * static_cast<double>((now - refilled).count()) / 1'000);
}

Milliseconds Relays::Slot::next_token(Milliseconds now) const {
    constexpr double whole = 1 - 1e-9;
    const auto have = tokens_at(now);
    if (have >= whole) return now;
    return now + Milliseconds{static_cast<std::int64_t>(std::ceil((whole - have) / relay->send_rate * 1'000))};
}

Relays::Relays(std::vector<Relay> relays, Milliseconds suspect_for) : suspect_for_(suspect_for) { replace(std::move(relays)); }

void Relays::replace(std::vector<Relay> relays) {
    std::vector<Slot> slots;
    names_.clear();
    for (auto& relay : relays) {
        Slot slot;
        if (const auto* known = find(relay.server.name)) slot = *known;
        slot.relay = std::make_shared<const Relay>(std::move(relay));
        names_.push_back(slot.relay->server.name);
        slots.push_back(std::move(slot));
    }
    slots_ = std::move(slots);
}

Relays::Pick Relays::pick(const std::set<std::string>& tried, Milliseconds now) const {
    Pick pick;
    std::shared_ptr<const Relay> suspect;
    for (const auto& slot : slots_) {
        if (tried.contains(slot.relay->server.name)) continue;
        pick.exhausted = false;
        const bool suspected = now < slot.suspect_until;
        const auto parallel = std::max(slot.relay->parallel, 1U);
        const auto token = slot.next_token(now);
        if (slot.in_use >= (suspected ? 1 : parallel)) {
            if (slot.in_use < parallel) pick.next = std::min(pick.next, std::max(slot.suspect_until, token));
        } else if (token > now) {
            pick.next = std::min(pick.next, token);
        } else if (!suspected) {
            pick.relay = slot.relay;
            return pick;
        } else if (!suspect) {
            suspect = slot.relay;
        }
    }
    pick.relay = std::move(suspect);
    return pick;
}

void Relays::begin(const std::string& name, Milliseconds now) {
    auto* slot = find(name);
    if (slot == nullptr) return;
    ++slot->in_use;
    slot->tokens = slot->tokens_at(now) - 1;
    slot->refilled = now;
}

void Relays::end(const std::string& name, End how, Milliseconds now) {
    auto* slot = find(name);
    if (slot == nullptr) return;
    if (slot->in_use > 0) --slot->in_use;
    if (how == End::answered) slot->suspect_until = Milliseconds{0};
    if (how == End::failed) slot->suspect_until = now + suspect_for_;
}

Relays::Slot* Relays::find(const std::string& name) {
    const auto slot = std::ranges::find_if(slots_, [&name](const Slot& one) { return one.relay && one.relay->server.name == name; });
    return slot == slots_.end() ? nullptr : &*slot;
}

void Relays::trust_all() {
    for (auto& slot : slots_) slot.suspect_until = Milliseconds{0};
}

std::set<std::string> Relays::in_band() const {
    std::set<std::string> names;
    for (const auto& slot : slots_) {
        if (!slot.relay->out_of_band) names.insert(slot.relay->server.name);
    }
    return names.size() == slots_.size() ? std::set<std::string>{} : names;
}

} // namespace notifier

#include "tests/simulation/attack.hpp"

#include "incidents/bound.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds between_failures{40 * 60'000};  // long enough for no relapse
constexpr Milliseconds longest_failure{8 * 60'000};
constexpr Milliseconds longest_stagger{20'000};

} // namespace

BoundAttack::BoundAttack(World& world, Topology& topology, Attack attack, std::function<void(const std::string&)> trace)
    : world_(world), topology_(topology), attack_(attack), trace_(std::move(trace)), dice_(world.dice.fork(13)) {
    if (attack_ == Attack::none) return;
    topology_.rates = {};
    world_.drift_ppm = 0;
    world_.refused_recipients.clear();
    world_.slow_transactions = true;
    while (attack_ == Attack::one_relay_hangs && topology_.relays.size() < 2) {
        auto relay = topology_.relays.front();
        relay.server.name = "relay1.example:587";
        relay.server.host = "relay1.example";
        world_.relays[relay.server.name].name = relay.server.name;
        topology_.relays.push_back(std::move(relay));
    }
    victim_ = dice_.pick(topology_.relays).server.name;
}

void BoundAttack::begin() {
    if (attack_ != Attack::none) fail_a_service();
}

void BoundAttack::set_target(std::size_t index, TargetMode mode) {
    auto& target = world_.targets[index];
    const bool answers = mode == TargetMode::ok || mode == TargetMode::slow;
    if (mode == TargetMode::ok) target.well_since = world_.now;
    target.bad_since = answers ? -1ms : world_.now;
    target.good_per_mille = 0;
    target.mode = mode;
}

void BoundAttack::fail_a_service() {
    world_.at(world_.now + dice_.wait(between_failures), [this] {
        if (world_.healed) return;
        const auto service = std::next(topology_.directory.services.begin(),
                                       dice_.between(0, static_cast<std::int64_t>(topology_.directory.services.size()) - 1));
        static const std::vector<TargetMode> modes{TargetMode::refused, TargetMode::reset,  TargetMode::bad_answer,
                                                   TargetMode::silent,  TargetMode::stalls, TargetMode::slow};
        const auto mode = dice_.pick(modes);
        const auto good_per_mille = dice_.chance(400) ? static_cast<std::uint32_t>(dice_.between(100, 700)) : 0;
        const auto length = dice_.between(60s, longest_failure);
        tell("FAULT " + service->first + " fails" + (good_per_mille > 0 ? " now and then" : ""));
        for (std::size_t index = 0; index < topology_.watches.size(); ++index) {
            const auto& services = *topology_.watches[index].services;
            if (std::ranges::find(services, service->first) == services.end()) continue;
            ++world_.faults[good_per_mille > 0 ? "target_fails_now_and_then" : "target_fails"];
            world_.at(world_.now + dice_.between(0ms, longest_stagger), [this, index, mode, good_per_mille] {
                set_target(index, mode);
                world_.targets[index].good_per_mille = good_per_mille;
            });
            world_.at(world_.now + longest_stagger + length, [this, index] { set_target(index, TargetMode::ok); });
        }
        if (attack_ == Attack::one_relay_hangs) hang_a_relay();
        world_.at(world_.now + between_failures, [this] { fail_a_service(); });
    });
}

/// At any moment around the notice, at any step from the question for its name on, now and then several times.
void BoundAttack::hang_a_relay() {
    const auto begin = world_.now + dice_.between(0s, 150s);
    world_.at(begin, [this] {
        auto& relay = world_.relays.at(victim_);
        static const std::vector<RelayMode> modes{RelayMode::connect_hangs, RelayMode::fails_at_step, RelayMode::hangs_after_dot_accepted,
                                                  RelayMode::hangs_after_dot_dropped};
        relay.mode = dice_.pick(modes);
        relay.fault = RelayFault::stalls;
        relay.step = static_cast<io::MailStep>(dice_.between(static_cast<int>(io::MailStep::tls), static_cast<int>(io::MailStep::answer)));
        if (dice_.chance(150)) relay.step = io::MailStep::resolve;
        ++world_.faults["relay_hangs"];
        tell("FAULT " + victim_ + " hangs");
    });
    const auto end = begin + dice_.between(5s, 10min);
    world_.at(end, [this] {
        auto& relay = world_.relays.at(victim_);
        relay.mode = RelayMode::ok;
        relay.well_since = world_.now;
        tell(victim_ + " is well");
        if (dice_.chance(500) && !world_.healed) hang_a_relay();
    });
}

/// As `hinomi check` computes it.
Milliseconds BoundAttack::bound_of(const std::string& id) const {
    const auto watch = std::ranges::find(topology_.watches, id, &model::Watch::id);
    incidents::ServicesTold told;
    for (const auto& other : topology_.watches) told.add(other);
    const auto services = told.of(*watch);
    incidents::BoundInput input;
    input.watch = *watch;
    input.rules = topology_.directory.rules;
    for (const auto& [name, tenant] : topology_.directory.tenants) {
        if (std::ranges::none_of(tenant.services, [&](const auto& service) { return services.contains(service); })) continue;
        for (const auto& contact : tenant.contacts) {
            if (contact.channel == model::ChannelKind::mail) ++input.mail_recipients;
            else ++input.webhook_recipients;
        }
    }
    for (const auto& relay : topology_.relays) {
        input.send_rates.push_back(relay.send_rate > 0 ? relay.send_rate : std::numeric_limits<double>::infinity());
        input.parallel = std::min(input.parallel, relay.parallel);
    }
    const auto bound = incidents::bound(input);
    return attack_ == Attack::fault_free ? bound.told : std::max(bound.told, bound.told_one_hanging);
}

void BoundAttack::event(const model::Event& event, const incidents::Book& book) {
    if (attack_ == Attack::none) return;
    if (const auto* opened = std::get_if<model::Opened>(&event.payload))
        remember(opened->incident.id, opened->incident.detect, opened->incident.first_watch);
    if (const auto* joined = std::get_if<model::Joined>(&event.payload)) remember(joined->incident, joined->member.detect, joined->watch);
    if (const auto* relapsed = std::get_if<model::Relapsed>(&event.payload))
        remember(relapsed->incident, relapsed->member.detect, relapsed->watch);
    const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload);
    if (recorded == nullptr || recorded->delivery.outcome != model::DeliveryOutcome::accepted) return;
    for (const auto& [id, duty] : book.duties) {
        if (duty.stage != model::Stage::first_alert || duty.accepted != recorded->delivery.ended) continue;
        const auto watch = watch_of_.find({duty.subject, duty.deadline.base.boot});
        if (watch == watch_of_.end()) continue;
        const WorstTold told{.waited = duty.elapsed, .bound = bound_of(watch->second), .duty = id};
        if (told.ratio() > worst_.ratio()) worst_ = told;
    }
}

} // namespace simulation

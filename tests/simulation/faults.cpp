#include "tests/simulation/faults.hpp"

namespace simulation {

namespace {

using namespace std::chrono_literals;

template <typename Mode> void set(World& world, Party<Mode>& party, Mode mode) {
    if (mode == Mode::ok && party.mode != Mode::ok) party.well_since = world.now;
    party.mode = mode;
}

} // namespace

void Faults::begin() {
    for (std::size_t index = 0; index < world_.targets.size(); ++index) target_trouble(index);
    if (topology_.rates.relay_well > 0ms) {
        for (const auto& [name, relay] : world_.relays) relay_trouble(name);
    }
    if (topology_.rates.receiver_well > 0ms) {
        for (const auto& [host, receiver] : world_.receivers) receiver_trouble(host);
    }
    if (topology_.rates.network_well > 0ms) network_trouble();
    if (topology_.rates.store_well > 0ms) store_trouble();
    if (topology_.rates.crash_every > 0ms) crashes();
    if (topology_.rates.clock_step_every > 0ms) clock_steps();
    if (topology_.rates.storms) storm();
}

void Faults::set_target(Target& target, TargetMode mode) {
    set<TargetMode>(world_, target, mode);
    if (hooks_.trace)
        hooks_.trace(target.name + (mode == TargetMode::ok ? " is well" : " is ill (" + std::to_string(static_cast<int>(mode)) + ")"));
}

void Faults::target_trouble(std::size_t index) {
    world_.at(world_.now + dice_.wait(topology_.rates.target_well), [this, index] {
        if (world_.healed) return;
        auto& target = world_.targets[index];
        static const std::vector<TargetMode> modes{TargetMode::refused, TargetMode::reset, TargetMode::bad_status,
                                                   TargetMode::silent,  TargetMode::slow,  TargetMode::name_lost};
        const auto mode = dice_.pick(modes);
        count("target_" + std::to_string(static_cast<int>(mode)));
        set_target(target, mode);
        const auto length = dice_.chance(200) ? dice_.wait(3s) : dice_.wait(topology_.rates.target_ill);  // now and then a blip
        world_.at(world_.now + length, [this, index] {
            set_target(world_.targets[index], TargetMode::ok);
            target_trouble(index);
        });
    });
}

void Faults::relay_trouble(const std::string& name) {
    world_.at(world_.now + dice_.wait(topology_.rates.relay_well), [this, name] {
        if (world_.healed) return;
        const auto mode = static_cast<RelayMode>(dice_.between(1, static_cast<int>(RelayMode::slow)));
        count("relay_" + std::to_string(static_cast<int>(mode)));
        set(world_, world_.relays.at(name), mode);
        if (hooks_.trace) hooks_.trace(name + " fails (" + std::to_string(static_cast<int>(mode)) + ")");
        world_.at(world_.now + dice_.wait(topology_.rates.relay_ill), [this, name] {
            set(world_, world_.relays.at(name), RelayMode::ok);
            if (hooks_.trace) hooks_.trace(name + " is well");
            relay_trouble(name);
        });
    });
}

void Faults::receiver_trouble(const std::string& host) {
    world_.at(world_.now + dice_.wait(topology_.rates.receiver_well), [this, host] {
        if (world_.healed) return;
        const auto mode = static_cast<ReceiverMode>(dice_.between(1, static_cast<int>(ReceiverMode::slow)));
        count("receiver_" + std::to_string(static_cast<int>(mode)));
        set(world_, world_.receivers.at(host), mode);
        if (hooks_.trace) hooks_.trace(host + " fails (" + std::to_string(static_cast<int>(mode)) + ")");
        world_.at(world_.now + dice_.wait(topology_.rates.receiver_ill), [this, host] {
            set(world_, world_.receivers.at(host), ReceiverMode::ok);
            if (hooks_.trace) hooks_.trace(host + " is well");
            receiver_trouble(host);
        });
    });
}

void Faults::network_trouble() {
    world_.at(world_.now + dice_.wait(topology_.rates.network_well), [this] {
        if (world_.healed) return;
        count("network_down");
        world_.network_down = true;
        if (hooks_.trace) hooks_.trace("our own network is down");
        world_.at(world_.now + dice_.wait(topology_.rates.network_ill), [this] {
            world_.network_down = false;
            world_.network_well_since = world_.now;
            if (hooks_.trace) hooks_.trace("our own network is up");
            network_trouble();
        });
    });
}

void Faults::store_trouble() {
    world_.at(world_.now + dice_.wait(topology_.rates.store_well), [this] {
        if (world_.healed) return;
        const auto kind = static_cast<int>(dice_.between(0, 2));
        count("store_" + std::to_string(kind));
        hooks_.break_store(kind);
        world_.at(world_.now + dice_.wait(topology_.rates.store_ill), [this] {
            hooks_.mend_store();
            store_trouble();
        });
    });
}

void Faults::crashes() {
    world_.at(world_.now + dice_.wait(topology_.rates.crash_every), [this] {
        if (world_.healed) return;
        if (topology_.orderly_stops && dice_.chance(400)) {
            count("orderly_stop");
            hooks_.stop_orderly();
        } else {
            const bool machine = topology_.rates.reboots && dice_.chance(400);
            count(machine ? "machine_crash" : "crash");
            hooks_.crash(machine);
        }
        crashes();
    });
}

void Faults::clock_steps() {
    world_.at(world_.now + dice_.wait(topology_.rates.clock_step_every), [this] {
        if (world_.healed) return;
        static const std::vector<Milliseconds> steps{1500ms, -1500ms, 60s, -60s, 2h, -2h, 24h * 365, -24h * 365};
        const auto step = dice_.pick(steps);
        count("clock_step");
        world_.wall_offset += step;
        if (hooks_.trace) hooks_.trace("the wall clock was stepped by " + std::to_string(step.count()) + " ms");
        clock_steps();
    });
}

void Faults::storm() {
    world_.at(world_.now + dice_.wait(6h), [this] {
        if (world_.healed) return;
        count("storm");
        for (std::size_t index = 0; index < world_.targets.size(); ++index) {
            if (world_.targets[index].mode == TargetMode::ok) set_target(world_.targets[index], TargetMode::refused);
        }
        world_.at(world_.now + dice_.wait(30min), [this] {
            for (auto& target : world_.targets) set_target(target, TargetMode::ok);
            storm();
        });
    });
}

void Faults::heal_all() {
    world_.healed = true;
    for (auto& target : world_.targets) set_target(target, TargetMode::ok);
    for (auto& [name, relay] : world_.relays) set(world_, relay, RelayMode::ok);
    for (auto& [host, receiver] : world_.receivers) set(world_, receiver, ReceiverMode::ok);
    if (world_.network_down) world_.network_well_since = world_.now;
    world_.network_down = false;
    hooks_.mend_store();
}

} // namespace simulation

#include "tests/simulation/faults.hpp"

#include <array>

namespace simulation {

namespace {

using namespace std::chrono_literals;

template <typename Mode> void set(World& world, Party<Mode>& party, Mode mode) {
    if (mode == Mode::ok && party.mode != Mode::ok) party.well_since = world.now;
    party.mode = mode;
}

template <typename Mode, std::size_t count> std::string word(const std::array<const char*, count>& words, Mode mode) {
    return words.at(static_cast<std::size_t>(mode));
}

constexpr std::array target_words{"ok",         "slow",   "refused", "reset",    "bad_answer", "garbled",
                                  "tls_failed", "silent", "stalls",  "no_route", "name_lost",  "probe_crashes"};
constexpr std::array relay_words{"ok",
                                 "slow",
                                 "refused",
                                 "connect_hangs",
                                 "fails_at_step",
                                 "reply_lost_accepted",
                                 "reply_lost_dropped",
                                 "hangs_after_dot_accepted",
                                 "hangs_after_dot_dropped"};
constexpr std::array step_words{"resolve", "connect", "tls",  "greeting", "ehlo", "starttls",
                                "auth",    "mail",    "rcpt", "data",     "body", "answer"};
constexpr std::array fault_words{"4xx", "5xx", "421", "closes", "stalls"};
constexpr std::array receiver_words{"ok",
                                    "slow",
                                    "refused",
                                    "name_lost",
                                    "hangs",
                                    "certificate_invalid",
                                    "status_400",
                                    "status_401",
                                    "status_410",
                                    "status_413",
                                    "status_429",
                                    "status_500",
                                    "status_503",
                                    "redirect",
                                    "truncated",
                                    "reply_lost_accepted",
                                    "reply_lost_dropped",
                                    "stalls_accepted",
                                    "stalls_dropped"};

} // namespace

void Faults::happened(const std::string& kind, const std::string& text) {
    ++world_.faults[kind];
    if (hooks_.trace) hooks_.trace("FAULT " + text);
}

void Faults::begin() {
    const auto& rates = topology_.rates;
    for (std::size_t index = 0; index < world_.targets.size() && rates.target_well > 0ms; ++index) target_trouble(index);
    if (rates.relay_well > 0ms) {
        for (const auto& [name, relay] : world_.relays) relay_trouble(name);
    }
    if (rates.relays_in_turn_every > 0ms && world_.relays.size() > 1) relays_in_turn();
    if (rates.receiver_well > 0ms) {
        for (const auto& [host, receiver] : world_.receivers) receiver_trouble(host);
    }
    if (rates.network_well > 0ms) network_trouble();
    if (rates.reference_well > 0ms) {
        for (const auto& server : references) reference_trouble(server);
    }
    if (rates.store_well > 0ms) store_trouble();
    if (rates.crash_every > 0ms) crashes();
    if (rates.suspend_every > 0ms) suspensions();
    if (rates.clock_step_every > 0ms) clock_steps();
    if (rates.reload_every > 0ms) reloads();
    if (rates.storms) storm();
}

void Faults::set_target(Target& target, TargetMode mode) {
    if (mode == TargetMode::ok) target.good_per_mille = 0;
    if (mode == TargetMode::ok || mode == TargetMode::slow) target.bad_since = -1ms;
    else if (target.bad_since < 0ms) target.bad_since = world_.now;
    set<TargetMode>(world_, target, mode);
}

void Faults::target_trouble(std::size_t index) {
    const auto seldom = index >= topology_.crowd_begins ? 30 : 1;
    world_.at(world_.now + dice_.wait(seldom * topology_.rates.target_well), [this, index] {
        if (world_.healed) return;
        auto& target = world_.targets[index];
        auto mode = static_cast<TargetMode>(dice_.between(1, static_cast<int>(TargetMode::probe_crashes)));
        std::string kind = "target_";
        if (target.line) {
            mode = TargetMode::silent;
            target.gateway_lives = dice_.chance(500);
            kind = target.gateway_lives ? "line_beyond_its_gateway_" : "line_with_its_gateway_";
        } else if (dice_.chance(150)) {
            target.good_per_mille = static_cast<std::uint32_t>(dice_.between(100, 800));
            kind = "target_now_and_then_";
        }
        happened(kind + word(target_words, mode), target.name + " is ill: " + kind + word(target_words, mode));
        set_target(target, mode);
        const auto length = dice_.chance(200) ? dice_.wait(3s) : dice_.wait(topology_.rates.target_ill);  // now and then a blip
        world_.at(world_.now + length, [this, index] {
            set_target(world_.targets[index], TargetMode::ok);
            tell(world_.targets[index].name + " is well");
            target_trouble(index);
        });
    });
}

void Faults::fail_relay(const std::string& name) {
    auto& relay = world_.relays.at(name);
    auto mode = static_cast<RelayMode>(dice_.between(1, static_cast<int>(RelayMode::hangs_after_dot_dropped)));
    if (dice_.chance(400)) mode = RelayMode::fails_at_step;
    relay.step = static_cast<io::MailStep>(dice_.between(static_cast<int>(io::MailStep::tls), static_cast<int>(io::MailStep::answer)));
    relay.fault = static_cast<RelayFault>(dice_.between(0, static_cast<int>(RelayFault::stalls)));
    if (mode == RelayMode::fails_at_step && dice_.chance(100)) {  // its name is not found, or nobody answers the question
        relay.step = io::MailStep::resolve;
        relay.fault = dice_.chance(500) ? RelayFault::closes : RelayFault::stalls;
    }
    const bool at_step = mode == RelayMode::fails_at_step;
    const auto kind = at_step ? word(step_words, relay.step) + "_" + word(fault_words, relay.fault) : word(relay_words, mode);
    happened("relay_" + kind, name + " fails: " + kind);
    set<RelayMode>(world_, relay, mode);
}

void Faults::mend_relay(const std::string& name) {
    set<RelayMode>(world_, world_.relays.at(name), RelayMode::ok);
    tell(name + " is well");
}

void Faults::relay_trouble(const std::string& name) {
    world_.at(world_.now + dice_.wait(topology_.rates.relay_well), [this, name] {
        if (world_.healed) return;
        fail_relay(name);
        world_.at(world_.now + dice_.wait(topology_.rates.relay_ill), [this, name] {
            mend_relay(name);
            relay_trouble(name);
        });
    });
}

/// One after the other, and then the first again: whichever is trusted is the next to fail.
void Faults::relays_in_turn() {
    world_.at(world_.now + dice_.wait(topology_.rates.relays_in_turn_every), [this] {
        if (world_.healed) return;
        ++world_.faults["relays_in_turn"];
        const auto each = dice_.wait(topology_.rates.relay_ill);
        auto begin = world_.now;
        for (auto rounds = dice_.between(1, 3); rounds > 0; --rounds) {
            for (const auto& [name, relay] : world_.relays) {
                world_.at(begin, [this, name] {
                    if (!world_.healed) fail_relay(name);
                });
                begin += each;
                world_.at(begin, [this, name] { mend_relay(name); });
            }
        }
        world_.at(begin, [this] { relays_in_turn(); });
    });
}

void Faults::receiver_trouble(const std::string& host) {
    world_.at(world_.now + dice_.wait(topology_.rates.receiver_well), [this, host] {
        if (world_.healed) return;
        const auto mode = static_cast<ReceiverMode>(dice_.between(1, static_cast<int>(ReceiverMode::stalls_dropped)));
        happened("receiver_" + word(receiver_words, mode), host + " fails: " + word(receiver_words, mode));
        set(world_, world_.receivers.at(host), mode);
        world_.at(world_.now + dice_.wait(topology_.rates.receiver_ill), [this, host] {
            set(world_, world_.receivers.at(host), ReceiverMode::ok);
            tell(host + " is well");
            receiver_trouble(host);
        });
    });
}

void Faults::network_trouble() {
    world_.at(world_.now + dice_.wait(topology_.rates.network_well), [this] {
        if (world_.healed) return;
        happened("network_down", "our own network is down");
        world_.network_down = true;
        world_.network_down_since = world_.now;
        world_.at(world_.now + dice_.wait(topology_.rates.network_ill), [this] {
            world_.network_down = false;
            world_.network_well_since = world_.now;
            tell("our own network is up");
            network_trouble();
        });
    });
}

void Faults::reference_trouble(const std::string& server) {
    world_.at(world_.now + dice_.wait(topology_.rates.reference_well), [this, server] {
        if (world_.healed) return;
        happened("reference_silent", "the reference " + server + " is silent");
        world_.silent_references.insert(server);
        world_.at(world_.now + dice_.wait(topology_.rates.reference_ill), [this, server] {
            world_.silent_references.erase(server);
            world_.references_well_since = world_.now;
            tell("the reference " + server + " answers");
            reference_trouble(server);
        });
    });
}

void Faults::store_trouble() {
    world_.at(world_.now + dice_.wait(topology_.rates.store_well), [this] {
        if (world_.healed) return;
        switch (dice_.between(0, 4)) {
        case 0:
            happened("store_full", "the ledger's disk is full");
            hooks_.break_store(ledger::StoreError::Kind::full, /*written_all_the_same=*/false);
            break;
        case 1:
            happened("store_read_only", "the ledger's disk is read-only");
            hooks_.break_store(ledger::StoreError::Kind::read_only, /*written_all_the_same=*/false);
            break;
        case 2:
            happened("store_io_error", "the ledger's disk fails");
            hooks_.break_store(ledger::StoreError::Kind::io, /*written_all_the_same=*/false);
            break;
        case 3:
            happened("store_error_after_write", "the ledger's disk reports a failure for what it wrote");
            hooks_.break_store(ledger::StoreError::Kind::io, /*written_all_the_same=*/true);
            break;
        default: happened("store_stalls", "the ledger's disk takes its time"); world_.disk_stalls = true;
        }
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
            ++world_.faults["orderly_stop"];
            hooks_.stop_orderly();
        } else {
            const bool machine = topology_.rates.reboots && dice_.chance(400);
            ++world_.faults[machine ? "machine_crash" : "crash"];
            hooks_.crash(machine);
        }
        crashes();
    });
}

void Faults::suspensions() {
    world_.at(world_.now + dice_.wait(topology_.rates.suspend_every), [this] {
        if (world_.healed) return;
        world_.asleep_until = world_.now + dice_.wait(topology_.rates.suspend_for);
        happened("suspend", "the machine is suspended");
        world_.at(world_.asleep_until, [this] {
            world_.awake_since = world_.now;
            for (auto& target : world_.targets) target.last_start = -1ms;
            tell("the machine wakes");
            suspensions();
        });
    });
}

void Faults::clock_steps() {
    world_.at(world_.now + dice_.wait(topology_.rates.clock_step_every), [this] {
        if (world_.healed) return;
        static const std::vector<Milliseconds> steps{1s,   -1s, 1001ms, -1001ms,  1500ms,    -1500ms,   60s,
                                                     -60s, 2h,  -2h,    24h * 30, -24h * 30, 24h * 365, -24h * 365};
        const auto step = dice_.pick(steps);
        happened("clock_step", "the wall clock was stepped by " + std::to_string(step.count()) + " ms");
        world_.wall_offset += step;
        clock_steps();
    });
}

void Faults::reloads() {
    world_.at(world_.now + dice_.wait(topology_.rates.reload_every), [this] {
        if (world_.healed) return;
        hooks_.reload();
        reloads();
    });
}

void Faults::storm() {
    world_.at(world_.now + dice_.wait(6h), [this] {
        if (world_.healed) return;
        happened("storm", "every target refuses");
        for (auto& target : world_.targets) {
            if (target.mode == TargetMode::ok && !target.line) set_target(target, TargetMode::refused);
        }
        world_.at(world_.now + dice_.wait(30min), [this] {
            for (auto& target : world_.targets) set_target(target, TargetMode::ok);
            storm();
        });
    });
}

void Faults::heal_all() {
    world_.healed = true;
    world_.healed_at = world_.now;
    for (auto& target : world_.targets) set_target(target, TargetMode::ok);
    for (auto& [name, relay] : world_.relays) set<RelayMode>(world_, relay, RelayMode::ok);
    for (auto& [host, receiver] : world_.receivers) set(world_, receiver, ReceiverMode::ok);
    if (world_.network_down) world_.network_well_since = world_.now;
    world_.network_down = false;
    world_.silent_references.clear();
    world_.references_well_since = world_.now;
    world_.asleep_until = world_.awake_since = world_.now;
    for (auto& target : world_.targets) target.last_start = -1ms;
    hooks_.mend_store();
}

} // namespace simulation

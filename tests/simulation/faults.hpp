#pragma once

#include "ledger/store.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <functional>

namespace simulation {

/// What the faults need to reach besides the world.
struct FaultHooks {
    std::function<void(bool machine)> crash;        ///< kill -9, or the machine's power
    std::function<void()> stop_orderly;
    std::function<void()> reload;
    std::function<void(ledger::StoreError::Kind, bool written_all_the_same)> break_store;
    std::function<void()> mend_store;
    std::function<void(const std::string&)> trace;
};

/// Plans every fault of the run into the world, each at a rate drawn from the seed. They end when `world.healed`.
class Faults {
public:
    Faults(World& world, const Topology& topology, FaultHooks hooks)
        : world_(world), topology_(topology), hooks_(std::move(hooks)), dice_(world.dice.fork(7)) {}

    void begin();

    /// Everything is well from now on.
    void heal_all();

private:
    void target_trouble(std::size_t index);
    void fail_relay(const std::string& name);
    void mend_relay(const std::string& name);
    void relay_trouble(const std::string& name);
    void relays_in_turn();
    void receiver_trouble(const std::string& host);
    void network_trouble();
    void reference_trouble(const std::string& server);
    void suspensions();
    void store_trouble();
    void crashes();
    void clock_steps();
    void reloads();
    void storm();
    void set_target(Target& target, TargetMode mode);
    void happened(const std::string& kind, const std::string& text);
    void tell(const std::string& text) const {
        if (hooks_.trace) hooks_.trace(text);
    }

    World& world_;
    const Topology& topology_;
    FaultHooks hooks_;
    Dice dice_;
};

} // namespace simulation

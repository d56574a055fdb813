#pragma once

#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <functional>

namespace simulation {

/// What the faults need to reach besides the world.
struct FaultHooks {
    std::function<void(bool machine)> crash;        ///< kill -9, or the machine's power
    std::function<void()> stop_orderly;
    std::function<void(int kind)> break_store;      ///< 0 full, 1 read-only, 2 I/O error
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
    void relay_trouble(const std::string& name);
    void receiver_trouble(const std::string& host);
    void network_trouble();
    void store_trouble();
    void crashes();
    void clock_steps();
    void storm();
    void set_target(Target& target, TargetMode mode);
    void count(const std::string& kind) { ++world_.faults[kind]; }

    World& world_;
    const Topology& topology_;
    FaultHooks hooks_;
    Dice dice_;
};

} // namespace simulation

#pragma once

#include "daemon/engine.hpp"
#include "tests/simulation/world.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace simulation {

/// The rates of one run, each drawn from the seed (swarm testing: a run with few kinds of fault goes deeper).
struct FaultRates {
    Milliseconds target_well{0};       ///< mean time between troubles of one target
    Milliseconds target_ill{0};        ///< mean length of one
    Milliseconds relay_well{0};
    Milliseconds relay_ill{0};
    Milliseconds relays_in_turn_every{0};  ///< they fail one after the other
    Milliseconds receiver_well{0};
    Milliseconds receiver_ill{0};
    Milliseconds network_well{0};      ///< our own network
    Milliseconds network_ill{0};
    Milliseconds store_well{0};
    Milliseconds store_ill{0};
    Milliseconds crash_every{0};       ///< 0: never
    Milliseconds reference_well{0};    ///< of each reference target
    Milliseconds reference_ill{0};
    Milliseconds suspend_every{0};     ///< the machine sleeps
    Milliseconds suspend_for{0};
    Milliseconds clock_step_every{0};
    Milliseconds reload_every{0};      ///< the configuration is changed
    Milliseconds people_every{0};      ///< somebody of the staff does something
    bool reboots = false;              ///< some crashes are of the machine
    bool storms = false;               ///< all targets turn bad at once now and then
    bool long_downtimes = false;       ///< after some crashes nobody starts the process for hours or days
};

/// Everything one seed decides before the first event: who watches what for whom, and how bad it will be.
struct Topology {
    model::Directory directory;
    std::vector<model::Watch> watches;
    std::vector<std::shared_ptr<const probes::Probe>> probes;  ///< of `watches`
    std::map<model::ContactId, model::Contact> contacts;
    std::vector<notifier::Relay> relays;
    FaultRates rates;
    std::size_t crowd_begins = SIZE_MAX;            ///< index of the first of very many watches that fail seldom
    bool orderly_stops = false;
    std::uint32_t per_destination = 4;              ///< attempts at a time to one destination

    std::set<std::size_t> absent;                   ///< indices of watches that are not in the configuration at the moment
    std::vector<model::Tenant> former_tenants;      ///< that have left it
    std::vector<notifier::Relay> former_relays;
    std::uint32_t renamed = 0;                      ///< watches, so far: each new name is one that there never was
};

/// The reference targets of every run.
extern const std::vector<std::string> references;

/// Draws the topology, and creates its targets, relays and receivers in the world.
Topology draw_topology(World& world);

/// What is left out of a run, so that what it shows is easier to read. The dice are thrown all the same.
struct Reduction {
    std::set<std::string> faults;   ///< kinds of `fault_kinds`
    std::size_t watches = 0;        ///< as many at most, the first ones; 0: all
    std::size_t tenants = 0;
};

/// The kinds of fault that a run can do without.
std::vector<std::string> fault_kinds();

void reduce(Topology& topology, World& world, const Reduction& reduction);

/// What the engine runs on; made anew for each life.
hinomi::EngineSettings settings_of(const Topology& topology);

} // namespace simulation

#include "tests/simulation/topology.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace simulation {

namespace {

constexpr Milliseconds never{0};

struct Kind {
    const char* name;
    void (*leave_out)(Topology&, World&);
};

constexpr std::array kinds{
    Kind{"targets", [](Topology& topology, World&) { topology.rates.target_well = never; }},
    Kind{"storms", [](Topology& topology, World&) { topology.rates.storms = false; }},
    Kind{"relays", [](Topology& topology, World&) { topology.rates.relay_well = topology.rates.relays_in_turn_every = never; }},
    Kind{"receivers", [](Topology& topology, World&) { topology.rates.receiver_well = never; }},
    Kind{"refusals", [](Topology&, World& world) { world.refused_recipients.clear(); }},
    Kind{"network", [](Topology& topology, World&) { topology.rates.network_well = never; }},
    Kind{"references", [](Topology& topology, World&) { topology.rates.reference_well = never; }},
    Kind{"store", [](Topology& topology, World&) { topology.rates.store_well = never; }},
    Kind{"crashes", [](Topology& topology, World&) { topology.rates.crash_every = never; }},
    Kind{"reboots", [](Topology& topology, World&) { topology.rates.reboots = false; }},
    Kind{"orderly_stops", [](Topology& topology, World&) { topology.orderly_stops = false; }},
    Kind{"long_downtimes", [](Topology& topology, World&) { topology.rates.long_downtimes = false; }},
    Kind{"suspensions", [](Topology& topology, World&) { topology.rates.suspend_every = never; }},
    Kind{"clock_steps", [](Topology& topology, World&) { topology.rates.clock_step_every = never; }},
    Kind{"drift", [](Topology&, World& world) { world.drift_ppm = 0; }},
    Kind{"reloads", [](Topology& topology, World&) { topology.rates.reload_every = never; }},
    Kind{"people", [](Topology& topology, World&) { topology.rates.people_every = never; }},
};

} // namespace

std::vector<std::string> fault_kinds() {
    std::vector<std::string> names;
    std::ranges::transform(kinds, std::back_inserter(names), &Kind::name);
    return names;
}

void reduce(Topology& topology, World& world, const Reduction& reduction) {
    for (const auto& kind : kinds) {
        if (reduction.faults.contains(kind.name)) kind.leave_out(topology, world);
    }
    for (auto index = reduction.watches; reduction.watches > 0 && index < topology.watches.size(); ++index) topology.absent.insert(index);
    auto& tenants = topology.directory.tenants;
    while (reduction.tenants > 0 && tenants.size() > reduction.tenants) {
        const auto last = std::prev(tenants.end());
        for (auto& [service, names] : topology.directory.tenants_of) std::erase(names, last->first);
        tenants.erase(last);
    }
}

} // namespace simulation

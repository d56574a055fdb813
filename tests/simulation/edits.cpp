#include "tests/simulation/edits.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace simulation {

namespace {

using namespace std::chrono_literals;

std::size_t some_index(Dice& dice, std::size_t size) {
    return static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(size) - 1));
}

std::string change_interval(Topology& topology, Dice& dice) {
    auto& watch = topology.watches[some_index(dice, topology.watches.size())];
    if (watch.watch_class == model::WatchClass::performance) return "nothing";
    watch.interval = dice.pick(std::vector<Milliseconds>{30s, 60s, 120s, 290s});
    return "interval";
}

std::string change_watches(World& world, Topology& topology) {
    const auto index = some_index(world.dice, topology.watches.size());
    world.targets[index].last_start = Milliseconds{-1};
    world.targets[index].declared_at = world.now;
    if (topology.absent.erase(index) > 0) return "watch_back";
    if (topology.absent.size() + 1 == topology.watches.size()) return "nothing";
    topology.absent.insert(index);
    return "watch_gone";
}

/// As an operator renames an asset: the old name stays beside the new one.
std::string change_names(Topology& topology, Dice& dice) {
    const auto index = some_index(dice, topology.watches.size());
    auto& watch = topology.watches[index];
    if (watch.line || topology.absent.contains(index)) return "nothing";
    watch.was = watch.id;
    watch.id = "renamed" + std::to_string(++topology.renamed) + watch.id.substr(watch.id.find('/'));
    return "renamed";
}

std::string change_tenants(Topology& topology, Dice& dice) {
    auto& tenants = topology.directory.tenants;
    const auto list = [&](const model::Tenant& tenant, bool there) {
        for (const auto& service : tenant.services) {
            auto& names = topology.directory.tenants_of[service];
            if (there) names.insert(std::ranges::lower_bound(names, tenant.name), tenant.name);
            else std::erase(names, tenant.name);
        }
    };
    if (!topology.former_tenants.empty() && dice.chance(600)) {
        auto tenant = std::move(topology.former_tenants.back());
        topology.former_tenants.pop_back();
        list(tenant, /*there=*/true);
        tenants[tenant.name] = std::move(tenant);
        return "tenant_back";
    }
    if (tenants.size() < 2) return "nothing";
    const auto leaving = std::next(tenants.begin(), static_cast<std::ptrdiff_t>(some_index(dice, tenants.size())));
    list(leaving->second, /*there=*/false);
    topology.former_tenants.push_back(std::move(leaving->second));
    tenants.erase(leaving);
    return "tenant_gone";
}

/// A person is replaced by another: the old address is still good, but nobody is told to use it.
std::string change_contacts(World& world, Topology& topology) {
    auto& tenants = topology.directory.tenants;
    auto& tenant = std::next(tenants.begin(), static_cast<std::ptrdiff_t>(some_index(world.dice, tenants.size())))->second;
    auto& contact = tenant.contacts[some_index(world.dice, tenant.contacts.size())];
    contact.id = "c" + std::to_string(topology.contacts.size() + 1);
    if (contact.channel == model::ChannelKind::mail) {
        contact.address = "person-" + contact.id + "@customer.example";
    } else {
        const auto host = "hook-" + contact.id + ".example";
        contact.address = "https://" + host + "/status";
        auto& receiver = world.receivers[host];
        receiver.name = contact.address;
        receiver.well_since = world.now;
    }
    topology.contacts[contact.id] = contact;
    return "contact";
}

std::string change_relays(World& world, Topology& topology) {
    auto& relays = topology.relays;
    auto& former = topology.former_relays;
    if (!former.empty() && world.dice.chance(600)) {
        relays.push_back(std::move(former.back()));
        former.pop_back();
        return "relay_back";
    }
    if (relays.size() < 2) return "nothing";
    const auto index = some_index(world.dice, relays.size());
    former.push_back(relays[index]);
    relays.erase(relays.begin() + static_cast<std::ptrdiff_t>(index));
    return "relay_gone";
}

} // namespace

std::string change_configuration(World& world, Topology& topology) {
    switch (world.dice.between(0, 5)) {
    case 0: return change_interval(topology, world.dice);
    case 1: return change_watches(world, topology);
    case 2: return change_tenants(topology, world.dice);
    case 3: return change_contacts(world, topology);
    case 4: return change_names(topology, world.dice);
    default: return change_relays(world, topology);
    }
}

} // namespace simulation

#include "tests/simulation/topology.hpp"

#include "config/document.hpp"
#include "config/settings.hpp"
#include "probes/line_probe.hpp"
#include "probes/registry.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

const std::vector<std::string> references{"192.0.2.53", "192.0.2.54"};

namespace {

using namespace std::chrono_literals;

/// The block of a watch's configuration for one kind of probe; `HOST` is the target's.
struct KindDraw {
    const char* kind;
    const char* block;
};

const std::vector<KindDraw> kinds{
    {"http", "target: http://HOST/"},
    {"http", "target: https://HOST/health"},
    {"http", "target: http://HOST/"},
    {"tcp", "target: tcp://HOST:25\nexpect: {contains: ready}"},
    {"tcp", "target: tcp://HOST:6379"},
    {"icmp", "target: icmp://HOST\npackets: 3\nspacing: 20ms"},
    {"dns", "target: dns://HOST/portal.example\nexpect: {answers: [192.0.2.1]}"},
};

config::WatchSettings block_of(const model::Watch& watch, const KindDraw& kind, const std::string& host) {
    std::string text = kind.block;
    text.replace(text.find("HOST"), std::string_view("HOST").size(), host);
    config::Problems problems;
    return {.watch = watch, .block = config::parse(text, "simulated", problems)};
}

/// The product's own probe.
std::shared_ptr<const probes::Probe> probe_of(const config::WatchSettings& settings) {
    config::Problems problems;
    std::shared_ptr<const probes::Probe> made = probes::find_kind(*settings.watch.probe_kind)->make(settings, problems);
    if (made == nullptr) throw std::logic_error("the simulation's configuration: " + config::describe(problems.front()));
    return made;
}

void draw_watch(World& world, Topology& topology, std::size_t service, std::size_t asset, model::WatchClass watch_class) {
    Dice& dice = world.dice;
    model::Watch watch;
    const auto index = world.targets.size();
    static constexpr const char* class_names[] = {"liveness", "fault", "performance"};
    watch.watch_class = watch_class;
    watch.id = "asset" + std::to_string(service) + "-" + std::to_string(asset) + "/" + class_names[static_cast<std::size_t>(watch_class)];
    const auto& kind = dice.pick(kinds);
    const auto host = "t" + std::to_string(index) + ".example";
    watch.probe_kind = std::string(kind.kind);
    watch.target = host;
    watch.destination = "t" + std::to_string(index % 4) + ".example:80";
    std::set<std::string> services{"service" + std::to_string(service)};
    if (dice.chance(150)) services.insert("service0");
    watch.services = std::vector(services.begin(), services.end());
    watch.interval = dice.pick(std::vector<Milliseconds>{30s, 60s, 60s, 60s, 120s, 290s});
    watch.timeout = dice.pick(std::vector<Milliseconds>{2s, 5s, 5s, 10s});
    watch.interval_limit = watch_class == model::WatchClass::liveness ? 300s : 600s;
    watch.loopback = dice.chance(150);
    if (dice.chance(200)) watch.rules.edit().confirm_window = 5;
    if (watch_class == model::WatchClass::performance) {
        watch.interval = 30s;
        watch.rules.edit().slower_than = 500ms;
    }
    Target target;
    target.name = watch.id;
    target.interval_limit = watch.interval_limit;
    world.targets.push_back(std::move(target));
    topology.probes.push_back(probe_of(block_of(watch, kind, host)));
    topology.watches.push_back(std::move(watch));
}

/// An external line: three targets beyond it that share its fate, a gateway on this side.
void draw_line(World& world, Topology& topology) {
    Dice& dice = world.dice;
    const auto host = "t" + std::to_string(world.targets.size());
    config::LineSettings line;
    line.name = "uplink";
    line.gateway = host + "-gateway.example";
    line.quorum = static_cast<std::uint32_t>(dice.between(2, 3));
    model::Watch watch;
    watch.probe_kind = std::string("http");
    watch.interval = dice.pick(std::vector<Milliseconds>{30s, 60s, 120s});
    watch.timeout = 5s;
    watch.interval_limit = 300s;
    for (const auto* name : {".example", "-b.example", "-c.example"}) line.targets.push_back(block_of(watch, kinds.front(), host + name));
    config::Problems problems;
    topology.probes.push_back(probes::make_line(line, problems));
    topology.watches.push_back(probes::watch_of(line));
    Target target;
    target.name = topology.watches.back().id;
    target.interval_limit = watch.interval_limit;
    target.line = true;
    world.targets.push_back(std::move(target));
}

void draw_people(World& world, Topology& topology) {
    Dice& dice = world.dice;
    std::uint32_t next = 0;
    const auto contact = [&](bool mail) {
        model::Contact made;
        made.id = "c" + std::to_string(++next);
        made.channel = mail ? model::ChannelKind::mail : model::ChannelKind::webhook;
        made.address =
            mail ? "person" + std::to_string(next) + "@customer.example" : "https://hook" + std::to_string(next) + ".example/status";
        made.secret = mail ? "" : "0123456789abcdef0123456789abcdef";
        made.language = dice.chance(500) ? model::Language::ja : model::Language::en;
        if (!mail) world.receivers["hook" + std::to_string(next) + ".example"].name = made.address;
        topology.contacts[made.id] = made;
        return made;
    };
    const auto services = topology.directory.services.size();
    const auto tenants = dice.between(1, 5);
    for (std::int64_t index = 0; index < tenants; ++index) {
        model::Tenant tenant;
        tenant.name = std::string("zq") + static_cast<char>('a' + index) + "corp";  // a token that no text contains by chance
        for (std::size_t service = 0; service < services; ++service) {
            if (dice.chance(600) || service == static_cast<std::size_t>(index) % services)
                tenant.services.push_back("service" + std::to_string(service));
        }
        tenant.language = dice.chance(600) ? model::Language::ja : model::Language::en;
        tenant.policy = dice.chance(700)   ? model::ContactPolicy::any
                        : dice.chance(500) ? model::ContactPolicy::primary
                                           : model::ContactPolicy::all;
        const auto contacts = dice.between(1, 3);
        for (std::int64_t number = 0; number < contacts; ++number) tenant.contacts.push_back(contact(dice.chance(600)));
        if (contacts > 1 && dice.chance(250) && tenant.contacts[0].channel == model::ChannelKind::mail) {
            world.refused_recipients[tenant.contacts[0].address] = true;
        }
        for (const auto& service : tenant.services) topology.directory.tenants_of[service].push_back(tenant.name);
        topology.directory.tenants[tenant.name] = std::move(tenant);
    }
    topology.directory.manager.contacts = {contact(/*mail=*/true)};
    topology.directory.on_call.contacts = {contact(/*mail=*/false), contact(/*mail=*/true)};
}

void draw_relays(World& world, Topology& topology) {
    const auto count = world.dice.between(1, 3);
    for (std::int64_t index = 0; index < count; ++index) {
        notifier::Relay relay;
        relay.server.name = "relay" + std::to_string(index) + ".example:587";
        relay.server.host = "relay" + std::to_string(index) + ".example";
        relay.server.port = 587;
        relay.from = "status@provider.example";
        relay.send_rate = world.dice.chance(300) ? 2.0 : 0.0;
        world.relays[relay.server.name].name = relay.server.name;
        topology.relays.push_back(std::move(relay));
    }
}

FaultRates draw_rates(Dice& dice) {
    FaultRates rates;
    const auto maybe = [&dice](std::uint32_t per_mille, std::vector<Milliseconds> choices) {
        return dice.chance(per_mille) ? dice.pick(choices) : Milliseconds{0};
    };
    rates.target_well = dice.pick(std::vector<Milliseconds>{20min, 1h, 3h});
    rates.target_ill = dice.pick(std::vector<Milliseconds>{20s, 3min, 15min, 70min});
    rates.relay_well = maybe(700, {10min, 1h});
    rates.relay_ill = dice.pick(std::vector<Milliseconds>{30s, 5min, 40min});
    rates.receiver_well = maybe(600, {10min, 1h});
    rates.receiver_ill = dice.pick(std::vector<Milliseconds>{30s, 5min, 40min});
    rates.network_well = maybe(500, {30min, 2h});
    rates.network_ill = dice.pick(std::vector<Milliseconds>{20s, 4min, 20min});
    rates.store_well = maybe(300, {30min, 2h});
    rates.store_ill = dice.pick(std::vector<Milliseconds>{1s, 1min, 20min});
    rates.reference_well = maybe(300, {20min, 2h});
    rates.reference_ill = dice.pick(std::vector<Milliseconds>{20s, 10min, 40min});
    rates.suspend_every = maybe(150, {30min, 2h});
    rates.suspend_for = dice.pick(std::vector<Milliseconds>{20s, 10min, 2h});
    rates.crash_every = maybe(700, {5min, 30min, 2h});
    rates.clock_step_every = maybe(300, {20min, 2h});
    rates.reload_every = maybe(250, {10min, 1h});
    rates.people_every = maybe(400, {10min, 40min});
    rates.reboots = dice.chance(400);
    rates.storms = dice.chance(200);
    rates.relays_in_turn_every = maybe(200, {30min, 2h});
    rates.long_downtimes = dice.chance(250);
    return rates;
}

/// Some providers watch very much: schedule, waiting lines and digests grow with it.
void draw_crowd(World& world, Topology& topology, Dice dice) {
    if (!dice.chance(200)) return;
    std::swap(world.dice, dice);
    topology.crowd_begins = topology.watches.size();
    const auto assets = static_cast<std::size_t>(world.dice.between(30, 120));
    for (std::size_t asset = 0; asset < assets; ++asset) {
        draw_watch(world, topology, asset % topology.directory.services.size(), 100 + asset, model::WatchClass::liveness);
        topology.watches.back().destination = "crowd" + std::to_string(asset % 16) + ".example:80";
    }
    std::swap(world.dice, dice);
}

} // namespace

Topology draw_topology(World& world) {
    Topology topology;
    Dice& dice = world.dice;
    topology.directory.provider = "Provider";
    topology.directory.time_zone = "UTC";
    const auto services = static_cast<std::size_t>(dice.between(1, 4));
    for (std::size_t service = 0; service < services; ++service) {
        const auto name = "service" + std::to_string(service);
        topology.directory.services[name] = {.name = name,
                                             .title_ja = "サービス" + std::to_string(service),
                                             .title_en = "Service " + std::to_string(service),
                                             .time_zone = "UTC"};
        const auto assets = static_cast<std::size_t>(dice.between(1, 3));
        for (std::size_t asset = 0; asset < assets; ++asset) {
            draw_watch(world, topology, service, asset, model::WatchClass::liveness);
            if (dice.chance(600)) draw_watch(world, topology, service, asset, model::WatchClass::fault);
            if (dice.chance(250)) draw_watch(world, topology, service, asset, model::WatchClass::performance);
        }
    }
    const bool line = dice.chance(300);
    if (line) draw_line(world, topology);
    draw_people(world, topology);
    draw_relays(world, topology);
    if (line && topology.relays.size() > 1 && dice.chance(500))
        topology.relays.back().out_of_band = world.relays.at(topology.relays.back().server.name).out_of_band = true;
    topology.rates = draw_rates(dice);
    if (dice.chance(300)) world.drift_ppm = dice.between(-500, 500);
    topology.orderly_stops = dice.chance(300);
    if (dice.chance(300)) topology.per_destination = 2;
    Dice aside = dice;  // what everything else is drawn from goes on as if this were not drawn
    topology.directory.rehearsal = aside.fork(17).chance(100);
    draw_crowd(world, topology, aside.fork(19));
    return topology;
}

hinomi::EngineSettings settings_of(const Topology& topology) {
    hinomi::EngineSettings settings;
    settings.version = "simulated";
    settings.domain = "provider.example";
    settings.directory = topology.directory;
    settings.contacts = topology.contacts;
    for (std::size_t index = 0; index < topology.watches.size(); ++index) {
        const auto& watch = topology.watches[index];
        if (!topology.absent.contains(index)) settings.watches.push_back({watch, topology.probes[index]});
    }
    settings.relays = topology.relays;
    settings.schedule.per_destination = topology.per_destination;
    settings.references = references;
    settings.former_watches_kept = 30min;
    return settings;
}

} // namespace simulation

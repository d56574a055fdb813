#pragma once

#include "daemon/engine.hpp"
#include "incidents/commands.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <functional>
#include <string>

namespace simulation {

/// The process that people can talk to at the moment.
struct Desk {
    hinomi::Engine* engine = nullptr;  ///< null: nobody answers
    incidents::Moment moment;
};

/// The provider's staff: acknowledges, notes, opens and resolves by hand, voids, confirms, hears of bounces, declares
/// maintenance and cancels it, ends the rehearsal. In the end it only closes what it opened, or what was handed over to it.
class People {
public:
    People(World& world, const Topology& topology, std::function<Desk()> desk, std::function<void(const std::string&)> trace)
        : world_(world), topology_(topology), desk_(std::move(desk)), trace_(std::move(trace)), dice_(world.dice.fork(11)) {}

    void begin();

    /// From now on they only close what needs them for that.
    void end() { close_what_is_open(); }

private:
    void act_from_time_to_time();
    void go_live_after(Milliseconds wait);
    void act();
    void close_what_is_open();
    void say(hinomi::Engine& engine, const std::string& verb, const std::string& subject, incidents::Decision decision);
    [[nodiscard]] std::string some_incident(const incidents::Book& book, bool open);
    [[nodiscard]] std::string some_service();
    incidents::MaintenanceRequest some_window(const incidents::Moment& moment);

    World& world_;
    const Topology& topology_;
    std::function<Desk()> desk_;
    std::function<void(const std::string&)> trace_;
    Dice dice_;
};

} // namespace simulation

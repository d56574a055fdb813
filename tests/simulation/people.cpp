#include "tests/simulation/people.hpp"

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr Milliseconds closing_every{120'000};
constexpr Milliseconds rehearsal = 1h;

} // namespace

void People::begin() {
    if (topology_.directory.rehearsal) go_live_after(dice_.wait(rehearsal));
    act_from_time_to_time();
}

/// Until it is durable: a crash may forget that it was said.
void People::go_live_after(Milliseconds wait) {
    world_.at(world_.now + wait, [this] {
        if (const auto desk = desk_(); desk.engine != nullptr)
            say(*desk.engine, "go-live", {}, incidents::go_live(desk.engine->book(), topology_.directory, desk.moment));
        go_live_after(closing_every);
    });
}

void People::act_from_time_to_time() {
    if (topology_.rates.people_every == 0ms) return;
    world_.at(world_.now + dice_.wait(topology_.rates.people_every), [this] {
        if (world_.healed) return;
        act();
        act_from_time_to_time();
    });
}

std::string People::some_incident(const incidents::Book& book, bool open) {
    std::vector<std::string> ids;
    for (const auto& [id, incident] : book.incidents) {
        if (incident.open() == open) ids.push_back(id);
    }
    return ids.empty() ? std::string{} : dice_.pick(ids);
}

std::string People::some_service() {
    return "service" + std::to_string(dice_.between(0, static_cast<std::int64_t>(topology_.directory.services.size()) - 1));
}

incidents::MaintenanceRequest People::some_window(const incidents::Moment& moment) {
    incidents::MaintenanceRequest window;
    window.title = "work";
    window.services = {some_service()};
    window.start = moment.now.wall + dice_.between(Milliseconds{1min}, Milliseconds{1h});
    window.end = window.start + dice_.between(Milliseconds{5min}, Milliseconds{1h});
    window.regular = dice_.chance(200);
    return window;
}

void People::act() {
    const auto desk = desk_();
    if (desk.engine == nullptr) return;
    auto& engine = *desk.engine;
    const auto& book = engine.book();
    const auto& directory = topology_.directory;
    const auto id = some_incident(book, /*open=*/true);
    switch (dice_.between(0, 10)) {
    case 0: return say(engine, "incident ack", id, incidents::acknowledge(book, id));
    case 1: return say(engine, "incident note", id, incidents::note(book, id, {{"cause", "under investigation"}}, dice_.chance(500)));
    case 2: {
        incidents::HandOpened request{.services = {some_service()}, .discover = desk.moment.now, .symptom = "somebody called"};
        const auto ago = std::min(dice_.between(Milliseconds{0}, Milliseconds{90min}), desk.moment.now.boot);
        request.discover.boot -= ago;
        request.discover.wall -= ago;
        return say(engine, "incident open", {}, incidents::open_by_hand(book, directory, desk.moment, std::move(request)));
    }
    case 3: return say(engine, "incident resolve", id, incidents::resolve(book, directory, desk.moment, id, std::nullopt));
    case 4: {
        if (!dice_.chance(300)) return;
        const auto any = dice_.chance(500) ? id : some_incident(book, /*open=*/false);
        return say(engine, "incident void", any, incidents::void_incident(book, directory, desk.moment, any, "opened in error"));
    }
    case 5: {
        std::map<std::string, std::vector<std::string>> services;
        for (const auto& watch : topology_.watches) services[watch.id] = watch.services;
        return say(engine, "incident confirm", id, incidents::confirm(book, directory, desk.moment, id, services));
    }
    case 6:
        return say(engine, "maintenance add", {}, incidents::declare_maintenance(book, directory, desk.moment, some_window(desk.moment)));
    case 7: {
        if (book.maintenances.empty()) return;
        const auto& window = book.maintenances.rbegin()->first;
        return say(engine, "maintenance cancel", window, incidents::cancel_maintenance(book, directory, desk.moment, window, "not needed"));
    }
    default: {
        if (world_.accepted.empty()) return;
        const auto back = std::min<std::size_t>(world_.accepted.size(), 20);
        const auto index = world_.accepted.size() - static_cast<std::size_t>(dice_.between(1, static_cast<std::int64_t>(back)));
        const auto& message = world_.accepted[index].message_id;
        return say(engine, "outbox bounce", message, incidents::bounce(book, message, "550 no such user", desk.moment));
    }
    }
}

/// What people opened, or took over of a watch that left, has no watch that would see it well.
void People::close_what_is_open() {
    if (const auto desk = desk_(); desk.engine != nullptr) {
        std::vector<std::string> mine;
        for (const auto& [id, incident] : desk.engine->book().incidents) {
            if (incident.members.contains(model::by_hand)) mine.push_back(id);
        }
        for (const auto& id : mine) {
            const auto& book = desk.engine->book();
            say(*desk.engine, "incident resolve", id, incidents::resolve(book, topology_.directory, desk.moment, id, std::nullopt));
        }
    }
    world_.at(world_.now + closing_every, [this] { close_what_is_open(); });
}

void People::say(hinomi::Engine& engine, const std::string& verb, const std::string& subject, incidents::Decision decision) {
    if (!decision) return;
    ++world_.faults["people_" + verb.substr(verb.find(' ') + 1)];
    if (trace_) trace_("PEOPLE " + verb + " " + subject);
    auto events = std::move(*decision);
    events.insert(events.begin(),
                  model::Commanded{.actor = "operator", .origin = "simulated", .verb = verb, .subjects = {subject}, .reason = {}});
    engine.journal().append(std::move(events));
}

} // namespace simulation

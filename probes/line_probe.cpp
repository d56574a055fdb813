#include "probes/line_probe.hpp"

#include "io/probe_work.hpp"
#include "io/sleep.hpp"
#include "io/spawn.hpp"
#include "probes/registry.hpp"

#include <fmt/format.h>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <span>

namespace probes {

namespace {

using model::Outcome;

constexpr model::Milliseconds usual_spacing{200};  ///< of a gateway's packets

/// What is looked at together. Shared with the looks, which may end after the one who waits was destroyed.
struct Round {
    Round(io::Clock& clock, std::size_t targets) : done(clock), left(targets), seen(targets) {}
    io::Alarm done;
    std::size_t left;
    std::vector<model::Observation> seen;
};

asio::awaitable<void> look(std::shared_ptr<Round> round, std::size_t index, std::shared_ptr<const Probe> probe, model::Attempt attempt,
                           io::ProbeEffects* effects) {
    io::ProbeWork work = [probe, attempt](io::ProbeEffects& with) { return probe->observe(attempt, with); };
    round->seen[index] = co_await io::observe_safely(std::move(work), *effects);
    if (--round->left == 0) round->done.ring();
}

} // namespace

std::string LineProbe::explain(const std::vector<model::Observation>& seen, std::size_t lost) const {
    auto text = fmt::format("{} of {} targets are silent", lost, targets_.size());
    // which side to look at comes before the targets: of a long text notices carry the beginning
    if (gateway_.probe != nullptr) {
        const bool near_end = seen.back().outcome != Outcome::silent;
        text += near_end ? fmt::format("; the gateway {} answers: the fault lies beyond it", gateway_.name)
                         : fmt::format("; the gateway {} is silent too: look at this side first", gateway_.name);
    }
    for (std::size_t index = 0; index < targets_.size(); ++index) {
        if (seen[index].outcome == Outcome::silent) text += fmt::format("; {}: {}", targets_[index].name, seen[index].detail);
    }
    return text;
}

asio::awaitable<model::Observation> LineProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    std::vector<std::shared_ptr<const Probe>> probes;
    probes.reserve(targets_.size() + 1);
    for (const auto& target : targets_) probes.push_back(target.probe);
    if (gateway_.probe != nullptr) probes.push_back(gateway_.probe);
    const auto round = std::make_shared<Round>(effects.clock, probes.size());
    const auto executor = co_await asio::this_coro::executor;
    const auto started = effects.clock.now();
    for (std::size_t index = 0; index < probes.size(); ++index)
        io::spawn(executor, look(round, index, probes[index], attempt, &effects), [](std::exception_ptr) {});
    while (round->left > 0) co_await round->done.wait();
    model::Observation observation;
    observation.started = started;
    observation.completed = effects.clock.now();
    observation.duration = observation.completed.boot - started.boot;
    const auto of_targets = std::span(round->seen).first(targets_.size());
    const auto cut = std::ranges::find(of_targets, model::Reason::shutting_down, &model::Observation::reason);
    if (cut != of_targets.end()) {
        observation.outcome = cut->outcome;
        observation.reason = cut->reason;
        co_return observation;
    }
    const auto lost = static_cast<std::size_t>(std::ranges::count(of_targets, Outcome::silent, &model::Observation::outcome));
    if (lost < quorum_) co_return observation;
    // failed, not silent: the targets check each other, and the references may lie behind the same line
    observation.outcome = Outcome::failed;
    observation.reason = std::ranges::find(of_targets, Outcome::silent, &model::Observation::outcome)->reason;
    observation.detail = explain(round->seen, lost);
    co_return observation;
}

std::unique_ptr<Probe> make_line(const config::LineSettings& settings, config::Problems& problems) {
    std::vector<LineProbe::Target> targets;
    for (const auto& target : settings.targets) {
        const auto* kind = find_kind(*target.watch.probe_kind);
        if (kind == nullptr) return nullptr;
        std::shared_ptr<const Probe> probe = kind->make(target, problems);
        if (probe == nullptr) return nullptr;
        targets.push_back({target.watch.target, std::move(probe)});
    }
    LineProbe::Target gateway{settings.gateway, nullptr};
    if (const auto* icmp = find_kind("icmp"); icmp != nullptr && !settings.gateway.empty()) {
        config::Problems of_gateway;
        const auto bracketed = settings.gateway.find(':') == std::string::npos ? settings.gateway : "[" + settings.gateway + "]";
        // three packets, as usual, but within whatever the line's timeout is
        const auto spacing = std::min(usual_spacing, settings.timeout / 4);
        const auto block = fmt::format("{{target: \"icmp://{}\", spacing: {}ms}}", bracketed, spacing.count());
        const config::WatchSettings near_end{.watch = watch_of(settings), .block = config::parse(block, "", of_gateway)};
        gateway.probe = icmp->make(near_end, of_gateway);
        for (auto& problem : of_gateway) {
            problem.position = settings.position;
            problem.text = "the gateway " + settings.gateway + ": " + problem.text;
            problems.push_back(std::move(problem));
        }
    }
    return std::make_unique<LineProbe>(std::move(targets), std::move(gateway), settings.quorum);
}

model::Watch watch_of(const config::LineSettings& settings) {
    model::Watch watch;
    if (!settings.targets.empty()) watch = settings.targets.front().watch;
    watch.id = "line:" + settings.name;
    watch.probe_kind = std::string("line");
    watch.target = watch.id;
    watch.destination = watch.id;
    watch.line = true;
    return watch;
}

} // namespace probes

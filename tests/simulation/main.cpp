#include "tests/simulation/run.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <ctime>
#include <iostream>

namespace {

/// `A..B`
bool parse_range(const std::string& text, std::uint64_t& first, std::uint64_t& last) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) return false;
    const auto from = text.substr(0, dots);
    const auto to = text.substr(dots + 2);
    if (from.empty() || to.empty() || (from + to).find_first_not_of("0123456789") != std::string::npos) return false;
    first = std::stoull(from);
    last = std::stoull(to);
    return first <= last;
}

/// Looks for the shortest phase with faults that still shows the violation.
void shrink(simulation::RunOptions options, const std::string& violation) {
    auto fails = options.length;
    auto passes = model::Milliseconds{0};
    while (fails - passes > model::Milliseconds{60'000}) {
        options.length = passes + (fails - passes) / 2;
        options.trace = nullptr;
        const auto result = simulation::run(options);
        if (result.violation && result.violation->substr(0, result.violation->find(':')) == violation.substr(0, violation.find(':')))
            fails = options.length;
        else passes = options.length;
    }
    std::cout << fmt::format("shortest: hinomi-sim --seed {} --minutes {} --trace\n", options.seed,
                             fails / model::Milliseconds{60'000} + 1);
}

} // namespace

int main(int argument_count, char** arguments) {
    spdlog::set_level(spdlog::level::off);
    CLI::App app{"Runs the engine under a virtual clock with seeded faults; any failure replays from its seed"};
    std::uint64_t seed = 1;
    std::string seeds;
    double hours = 3;
    double minutes = 0;
    bool trace = false;
    bool first_only = false;
    app.add_option("--seed", seed, "one seed");
    app.add_option("--seeds", seeds, "a range A..B");
    app.add_option("--hours", hours, "simulated hours with faults");
    app.add_option("--minutes", minutes, "simulated minutes with faults, instead of --hours");
    app.add_flag("--first", first_only, "stop at the first seed that fails, and do not look for the shortest run");
    app.add_flag("--trace", trace, "print what happened and what each customer saw");
    CLI11_PARSE(app, argument_count, arguments);
    std::uint64_t first = seed;
    std::uint64_t last = seed;
    if (!seeds.empty() && !parse_range(seeds, first, last)) {
        std::cerr << "--seeds needs A..B, for example 1..300\n";
        return 2;
    }
    simulation::RunOptions options;
    options.length = model::Milliseconds{static_cast<std::int64_t>(minutes > 0 ? minutes * 60'000 : hours * 3'600'000)};
    if (trace) options.trace = &std::cout;
    std::uint64_t failed = 0;
    simulation::RunResult total;
    const auto cpu = std::clock();
    for (options.seed = first; options.seed <= last; ++options.seed) {
        const auto result = simulation::run(options);
        total.attempts += result.attempts;
        total.events += result.events;
        total.lives += result.lives;
        total.deliveries += result.deliveries;
        total.simulated += result.simulated;
        for (const auto& [kind, count] : result.faults) total.faults[kind] += count;
        if (result.violation) {
            ++failed;
            std::cout << fmt::format("seed {} VIOLATED {}\n", options.seed, *result.violation);
            if (first_only) break;
            if (!trace) shrink(options, *result.violation);
        }
        if (first == last) std::cout << fmt::format("seed {} history {:016x}\n", options.seed, result.hash);
        else total.hash = total.hash * 1099511628211ULL ^ result.hash;
    }
    const double seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    if (first != last) {
        std::cout << fmt::format(
            "{} seeds, {} simulated hours, {} attempts, {} events, {} lives, {} deliveries in {:.1f} CPU s: {:.0f} attempts per CPU "
            "second\n",
            last - first + 1, total.simulated / model::Milliseconds{3'600'000}, total.attempts, total.events, total.lives, total.deliveries,
            seconds, static_cast<double>(total.attempts) / seconds);
        std::uint64_t faults = 0;
        for (const auto& [kind, count] : total.faults) {
            std::cout << fmt::format("  {:<20} {}\n", kind, count);
            faults += count;
        }
        std::cout << fmt::format("{} faults injected, {} seeds failed\nseeds {}..{} history {:016x}\n", faults, failed, first, last,
                                 total.hash);
    }
    return failed == 0 ? 0 : 1;
}

#include "tests/simulation/run.hpp"
#include "tests/simulation/shrink.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using model::Milliseconds;
using simulation::Attack;
using simulation::RunOptions;
using simulation::RunResult;

constexpr Milliseconds minute{60'000};
constexpr double longest_minutes = 100.0 * 366 * 24 * 60;

struct Wishes {
    std::uint64_t seed = 1;
    std::string seeds;
    std::string kept;
    std::string attack;
    std::vector<std::string> until;
    std::vector<std::string> without;
    std::size_t tenants = 0;
    std::size_t watches = 0;
    double hours = 3;
    std::optional<double> minutes;
    bool trace = false;
};

constexpr std::uint64_t most_seeds = 10'000'000;

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// `A..B`; none when it is not that.
std::vector<std::uint64_t> seeds_of_range(std::string_view text) {
    const auto dots = std::min(text.find(".."), text.size());
    const auto from = number_in(text.substr(0, dots));
    const auto to = number_in(text.substr(std::min(dots + 2, text.size())));
    std::vector<std::uint64_t> seeds;
    if (!from || !to || *to < *from || *to - *from >= most_seeds) return seeds;
    for (auto left = *to - *from + 1; left > 0; --left) seeds.push_back(*to - left + 1);
    return seeds;
}

/// The seeds in the first column of a page's table: `| 4, 22 | what went wrong | ...`.
std::vector<std::uint64_t> seeds_of_page(const std::string& path) {
    std::vector<std::uint64_t> seeds;
    std::ifstream page(path);
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| ") || line.size() < 3 || line[2] < '0' || line[2] > '9') continue;
        std::uint64_t seed = 0;
        bool open = false;
        for (const char letter : line.substr(2, line.find('|', 2) - 2)) {
            const bool digit = letter >= '0' && letter <= '9';
            if (digit) seed = seed * 10 + static_cast<std::uint64_t>(letter - '0');
            if (open && !digit) seeds.push_back(std::exchange(seed, 0));
            open = digit;
        }
    }
    return seeds;
}

/// How to ask for the run again.
std::string command_of(const Wishes& wishes, const RunOptions& options) {
    std::string command = "hinomi-sim";
    if (!wishes.attack.empty()) command += " --attack " + wishes.attack;
    command += fmt::format(" --seed {} --minutes {}", options.seed, options.length / minute);
    if (!options.reduction.faults.empty()) command += fmt::format(" --without {}", fmt::join(options.reduction.faults, ","));
    if (options.reduction.tenants > 0) command += fmt::format(" --tenants {}", options.reduction.tenants);
    if (options.reduction.watches > 0) command += fmt::format(" --watches {}", options.reduction.watches);
    return command + " --trace";
}

/// Sums over all seeds that were run.
class Totals {
public:
    void add(const RunResult& result) {
        ++seeds_;
        sum_.attempts += result.attempts;
        sum_.events += result.events;
        sum_.lives += result.lives;
        sum_.deliveries += result.deliveries;
        sum_.simulated += result.simulated;
        for (const auto& [kind, count] : result.faults) sum_.faults[kind] += count;
        sum_.hash = sum_.hash * 1099511628211ULL ^ result.hash;
        if (result.worst.ratio() > sum_.worst.ratio()) sum_.worst = result.worst;
    }

    void print(std::uint64_t failed, const std::string& name) const {
        const double seconds = static_cast<double>(std::clock() - began_) / CLOCKS_PER_SEC;
        std::cout << fmt::format(
            "{} seeds, {} simulated hours, {} attempts, {} events, {} lives, {} deliveries in {:.1f} CPU s: {:.0f} attempts per CPU "
            "second\n",
            seeds_, sum_.simulated / Milliseconds{3'600'000}, sum_.attempts, sum_.events, sum_.lives, sum_.deliveries, seconds,
            static_cast<double>(sum_.attempts) / seconds);
        std::uint64_t faults = 0;
        for (const auto& [kind, count] : sum_.faults) {
            std::cout << fmt::format("  {:<32} {}\n", kind, count);
            faults += count;
        }
        if (sum_.worst.bound > Milliseconds{0}) {
            std::cout << fmt::format("longest wait for a first alert: {} ms of the computed {} ms ({:.0f} %): {}\n",
                                     sum_.worst.waited.count(), sum_.worst.bound.count(), 100 * sum_.worst.ratio(), sum_.worst.duty);
        }
        std::cout << fmt::format("{} faults injected, {} seeds failed\nseeds {} history {:016x}\n", faults, failed, name, sum_.hash);
    }

private:
    RunResult sum_;
    std::uint64_t seeds_ = 0;
    std::clock_t began_ = std::clock();
};

int run_seeds(const Wishes& wishes, const std::vector<std::uint64_t>& seeds, RunOptions options) {
    Totals totals;
    std::uint64_t failed = 0;
    for (const auto seed : seeds) {
        options.seed = seed;
        const auto result = simulation::run(options);
        totals.add(result);
        if (result.violation) {
            ++failed;
            std::cout << fmt::format("seed {} VIOLATED {}\n", seed, *result.violation) << std::flush;
            if (std::ranges::count(wishes.until, simulation::name_of(*result.violation)) > 0) break;
            if (!wishes.trace && wishes.until.empty())
                std::cout << "shortest: " << command_of(wishes, simulation::shrink(options, *result.violation, simulation::run)) << '\n';
        }
        if (seeds.size() == 1) std::cout << fmt::format("seed {} history {:016x}\n", seed, result.hash);
    }
    if (seeds.size() > 1) totals.print(failed, wishes.kept.empty() ? wishes.seeds : "kept");
    return failed == 0 ? 0 : 1;
}

} // namespace

int main(int argument_count, char** arguments) {
    spdlog::set_level(spdlog::level::off);
    CLI::App app{"Runs the engine under a virtual clock with seeded faults; any failure replays from its seed"};
    Wishes wishes;
    app.add_option("--seed", wishes.seed, "one seed");
    app.add_option("--seeds", wishes.seeds, "a range A..B");
    app.add_option("--kept", wishes.kept, "the seeds in the table of this page");
    app.add_option("--attack", wishes.attack, "attack the computed bound: fault-free or one-relay-hangs")
        ->check(CLI::IsMember({"fault-free", "one-relay-hangs"}));
    app.add_option("--hours", wishes.hours, "simulated hours with faults");
    app.add_option("--minutes", wishes.minutes, "simulated minutes with faults, instead of --hours");
    app.add_option("--until", wishes.until, "stop at the first seed that violates one of these invariants, and pass over the others");
    app.add_option("--without", wishes.without, "leave out these kinds of fault, separated by commas")
        ->delimiter(',')
        ->check(CLI::IsMember(simulation::fault_kinds()));
    app.add_option("--tenants", wishes.tenants, "for so many tenants at most");
    app.add_option("--watches", wishes.watches, "with so many watches at most, while no reload brings others");
    app.add_flag("--trace", wishes.trace, "print what happened and what each customer saw");
    CLI11_PARSE(app, argument_count, arguments);
    std::vector<std::uint64_t> seeds{wishes.seed};
    if (!wishes.kept.empty()) seeds = seeds_of_page(wishes.kept);
    else if (!wishes.seeds.empty()) seeds = seeds_of_range(wishes.seeds);
    if (seeds.empty()) {
        std::cerr << (wishes.kept.empty() ? "there is no seed to run: --seeds needs A..B, for example 1..300, at most ten million\n"
                                          : wishes.kept + " cannot be read, or has no table of seeds\n");
        return 2;
    }
    const double minutes = wishes.minutes.value_or(wishes.hours * 60);
    if (!(minutes >= 1 && minutes <= longest_minutes)) {
        std::cerr << "the time with faults is a minute at least, and a hundred years at most: --hours 12, or --minutes 90\n";
        return 2;
    }
    RunOptions options;
    // whole minutes, as a shrunk run is asked for again
    options.length = static_cast<std::int64_t>(minutes) * minute;
    if (wishes.attack == "fault-free") options.attack = Attack::fault_free;
    if (wishes.attack == "one-relay-hangs") options.attack = Attack::one_relay_hangs;
    options.reduction = {.faults = {wishes.without.begin(), wishes.without.end()}, .watches = wishes.watches, .tenants = wishes.tenants};
    if (wishes.trace) options.trace = &std::cout;
    return run_seeds(wishes, seeds, options);
}

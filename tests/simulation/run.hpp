#pragma once

#include "tests/simulation/attack.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>

namespace simulation {

struct RunOptions {
    std::uint64_t seed = 1;
    Milliseconds length{3 * 3'600'000};      ///< of the phase with faults
    Milliseconds healing{3 * 3'600'000};     ///< of the liveness phase: no new faults, everything must come to rest
    Attack attack = Attack::none;            ///< no faults but those that attack the computed bound
    Reduction reduction;                     ///< what is left out
    std::ostream* trace = nullptr;           ///< a readable timeline
};

struct RunResult {
    std::uint64_t hash = 0;                  ///< of the whole history
    std::uint64_t attempts = 0;
    std::uint64_t events = 0;
    std::uint64_t lives = 0;
    std::uint64_t deliveries = 0;
    Milliseconds simulated{0};
    std::map<std::string, std::uint64_t> faults;
    std::optional<std::string> violation;    ///< name and what
    WorstTold worst;                         ///< of an attack on the bound
};

/// Runs one seed to its end or to the first violation.
RunResult run(const RunOptions& options);

} // namespace simulation

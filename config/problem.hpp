#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace config {

/// A place in a configuration file. Line and column count from 1; 0: the whole file.
struct Position {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// One thing wrong with the configuration: where, what, and what to do about it.
struct Problem {
    Position position;
    std::string text;    ///< what is wrong
    std::string remedy;  ///< what to do; may hold a "did you mean"
    bool warning = false;
};

/// `FILE:LINE:COLUMN: error: TEXT. REMEDY`
std::string describe(const Problem& problem);

/// Collects everything that is wrong, so that all of it is reported at once.
using Problems = std::vector<Problem>;

} // namespace config

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// A place in a configuration file. Line and column count from 1; 0: the whole file. Columns count characters, not bytes.
struct Position {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend bool operator==(const Position&, const Position&) = default;
};

/// One thing wrong with the configuration: where, what, and what to do about it.
struct Problem {
    Position position;
    std::string text;    ///< what is wrong
    std::string remedy;  ///< what to do; may hold a "did you mean"
    bool warning = false;
};

/// `FILE:LINE:COLUMN`, as far as it is known.
std::string describe(const Position& position);

/// `FILE:LINE:COLUMN: error: TEXT. REMEDY`
std::string describe(const Problem& problem);

/// A value as an error shows it: in double quotes, at most 60 characters, control characters as `\xNN`. Never for secrets.
std::string shown(std::string_view value);

/// Collects everything that is wrong, so that all of it is reported at once.
using Problems = std::vector<Problem>;

/// Whether one of them is more than a warning.
bool any_error(const Problems& problems);

} // namespace config

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hinomi {

/// The series of one name: what is exposed, and what doc/metrics.md says of it (a test compares the two).
struct Metric {
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    /// Where it is written, in the order of the answer.
    enum class Part : std::uint8_t {
        offering, ///< per service, first in the answer
        daemon,   ///< by prometheus-cpp's registry
        basic,    ///< per watch, always
        full,     ///< per watch, with `metrics: {per_watch: full}`
    };
    std::string_view name;
    Kind kind;
    Part part;
    std::string_view labels;  ///< comma and space between them
    std::string_view help;    ///< the HELP line
};

std::span<const Metric> metric_table();

/// The row of that name; throws std::logic_error without one: a metric must be in the table.
const Metric& metric(std::string_view name);

std::string_view word_of(Metric::Kind kind);

} // namespace hinomi

#pragma once

#include "daemon/configuration.hpp"
#include "incidents/bound.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace hinomi {

/// The two figures of semantics 1.2 for one watch of one service.
struct BoundRow {
    std::string service;
    std::string watch;
    incidents::Bound bound;
    std::size_t relays = 0;
};

std::vector<BoundRow> bounds(const LoadedConfiguration& loaded);

/// A configuration that cannot keep its limits is not run (semantics 1.1): adds a problem for each watch that cannot. Whether there is one.
bool refuse_unkept(const LoadedConfiguration& loaded, config::Problems& problems);

/// Prints the table of `seen` and `told` and the matrix of the checklist; refusals and warnings as problems at the end. Returns the exit code: 0, or 78
/// when the configuration cannot keep the promise (with `strict` also when it only warns).
int print_check(const LoadedConfiguration& loaded, bool strict, std::ostream& out, std::ostream& errors);

/// The same as one JSON object, with the same exit code. `problems`: the warnings of its reading.
int print_check_json(const LoadedConfiguration& loaded, const config::Problems& problems, bool strict, std::ostream& out);

/// One JSON object about a configuration that cannot be read: not accepted, and why. Returns 78.
int print_broken_json(const config::Problems& problems, std::ostream& out);

}  // namespace hinomi

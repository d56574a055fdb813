#pragma once

#include "tests/simulation/run.hpp"

#include <functional>
#include <string>

namespace simulation {

/// `no_tenant_sees_another` of `no_tenant_sees_another: N-1/0 names ...`.
std::string name_of(const std::string& violation);

/// Looks for less of a run that still violates the same invariant: the shortest phase with faults in whole minutes, then without
/// one kind of fault after the other, for fewer tenants, with fewer watches, and then for the shortest phase again. Some dozens of runs.
RunOptions shrink(RunOptions options, const std::string& violation, const std::function<RunResult(const RunOptions&)>& run);

}  // namespace simulation

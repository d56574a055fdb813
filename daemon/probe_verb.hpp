#pragma once

#include "daemon/verbs.hpp"
#include "model/observation.hpp"
#include "model/watch.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hinomi {

/// `hinomi probe WATCH|URL [--with YAML] [--count N]`: looks now, from this machine, without the daemon and without judging.
/// 0: every sample passed; 3: one did not; 78: the watch cannot be made; 1: there is no such watch.
int probe_verb(const Given& given);

/// What was seen, one row per sample, for people and programs.
Answer probe_answer(const model::Watch& watch, const std::vector<model::Observation>& observations);

/// The phases of one sample as a bar of `width` letters (r resolve, c connect, t tls, p processing, x transfer), scaled
/// to `longest`. A phase that happened has at least one letter.
std::string phase_bar(const model::Phases& phases, std::chrono::microseconds longest, std::size_t width);

} // namespace hinomi

#pragma once

#include "config/document.hpp"
#include "config/schema.hpp"
#include "config/settings.hpp"
#include "probes/probe.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// One kind of probe: the schemes it serves and how its block becomes a Probe.
struct Kind {
    std::string_view name;                  ///< the `kind` label of the metrics
    std::vector<std::string_view> schemes;  ///< of `target`
    std::vector<std::string_view> keys;     ///< it understands in a watch's block besides the common ones
    std::vector<config::KindDefault> defaults;  ///< what it takes where they are left out: for `config show`

    /// host:port and whether it is loopback, or a problem.
    std::optional<config::TargetFacts> (*describe)(const config::Node& target, config::Problems& problems);

    /// The probe, or nothing and at least one problem.
    std::unique_ptr<Probe> (*make)(const config::WatchSettings& settings, config::Problems& problems);
};

/// The one table. A new kind is one line here.
const std::vector<Kind>& kinds();

const Kind* find_kind(std::string_view name);

/// For config::load: chooses the kind by the target's scheme; an unknown scheme is a problem with a "did you mean".
std::optional<config::TargetFacts> describe_target(const config::Node& target, config::Problems& problems);

/// For config::load: the kind's own check of a watch's block, when no Probe will be made.
void check_watch(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes

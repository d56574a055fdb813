#pragma once

#include "config/settings.hpp"
#include "probes/registry.hpp"

#include <memory>
#include <string>

namespace fakes {

/// A watch's block as an operator writes it, made into its probe.
struct WatchBlock {
    config::Problems problems;
    config::WatchSettings settings;
    std::unique_ptr<probes::Probe> probe;

    explicit WatchBlock(const std::string& text) {
        settings.block = config::parse(text, "a.yaml", problems);
        const auto facts = probes::describe_target(settings.block.get("target"), problems);
        if (!facts) return;
        settings.watch.probe_kind = facts->probe_kind;
        probe = probes::find_kind(facts->probe_kind)->make(settings, problems);
    }

    /// All problems, one a line.
    [[nodiscard]] std::string described() const {
        std::string lines;
        for (const auto& problem : problems) lines += config::describe(problem) + "\n";
        return lines;
    }
};

} // namespace fakes

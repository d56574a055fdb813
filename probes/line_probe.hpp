#pragma once

#include "config/settings.hpp"
#include "probes/probe.hpp"

#include <memory>
#include <string>
#include <vector>

namespace probes {

/// An external network (III.3.2.5): several targets beyond it are looked at together; the line is lost when a quorum of
/// them is silent. A target that answers, however badly, proves the line. The near end (gateway) is looked at as well, to
/// tell a fault beyond it from one on this side; it does not count.
class LineProbe final : public Probe {
public:
    struct Target {
        std::string name;                   ///< as configured
        std::shared_ptr<const Probe> probe;
    };

    /// `gateway` may have no probe.
    LineProbe(std::vector<Target> targets, Target gateway, std::uint32_t quorum)
        : targets_(std::move(targets)), gateway_(std::move(gateway)), quorum_(quorum) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;

private:
    [[nodiscard]] std::string explain(const std::vector<model::Observation>& seen, std::size_t lost) const;

    std::vector<Target> targets_;
    Target gateway_;
    std::uint32_t quorum_;
};

/// The line's watch `line:NAME` with its probe, from its checked settings; nothing and a problem where a target makes no
/// probe. The gateway is left out where this build has no icmp probe.
std::unique_ptr<Probe> make_line(const config::LineSettings& settings, config::Problems& problems);
model::Watch watch_of(const config::LineSettings& settings);

} // namespace probes

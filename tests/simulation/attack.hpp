#pragma once

#include "daemon/engine.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/world.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace simulation {

/// What may go wrong besides the target while the computed bound is attacked.
enum class Attack : std::uint8_t { none, fault_free, one_relay_hangs };

/// The worst that an attack has found: how long a tenant waited for a first alert, against the computed figure *told*.
struct WorstTold {
    Milliseconds waited{0};
    Milliseconds bound{0};
    std::string duty;

    [[nodiscard]] double ratio() const {
        return bound > Milliseconds{0} ? static_cast<double>(waited.count()) / static_cast<double>(bound.count()) : 0;
    }
};

/// Looks for a run in which a first alert takes longer than `hinomi check` says (incidents/bound.hpp): services fail or are slow one
/// at a time, at the worst of moments, for good or now and then, every transaction takes nearly as long as is allowed for it, and
/// one relay may hang.
class BoundAttack {
public:
    BoundAttack(World& world, Topology& topology, Attack attack, std::function<void(const std::string&)> trace);

    void begin();

    /// An event was appended and applied.
    void event(const model::Event& event, const incidents::Book& book);

    [[nodiscard]] const WorstTold& worst() const { return worst_; }

private:
    void fail_a_service();
    void hang_a_relay();
    void set_target(std::size_t index, TargetMode mode);
    [[nodiscard]] Milliseconds bound_of(const std::string& watch) const;
    void remember(const model::IncidentId& incident, const model::Instant& detect, const std::string& watch) {
        watch_of_[{incident, detect.boot}] = watch;
    }
    void tell(const std::string& text) const {
        if (trace_) trace_(text);
    }

    World& world_;
    Topology& topology_;
    Attack attack_;
    std::function<void(const std::string&)> trace_;
    Dice dice_;
    std::string victim_;                                                                  ///< the relay that hangs
    std::map<std::pair<model::IncidentId, Milliseconds>, std::string> watch_of_;          ///< by incident and detection
    WorstTold worst_;
};

} // namespace simulation

#pragma once

#include "model/tenant.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace incidents {

/// Whose tenants one stop of a watch may have to be told to. It joins every open incident that shares a service with it, and an incident
/// that gets worse is told to all whom it affects: those of all services of the watch that opened it. One thread only.
class ServicesTold {
public:
    /// Each watch of the configuration.
    void add(const model::Watch& watch);

    /// Once all have been added.
    [[nodiscard]] std::set<std::string> of(const model::Watch& watch) const;

private:
    std::map<std::string, std::set<std::string>> together_;  ///< with a service: all services of the watches that have it
};

/// What the computed bound depends on (semantics 1.2, the two figures of `hinomi check`).
struct BoundInput {
    model::Watch watch;
    model::DutyRules rules;
    std::uint32_t mail_recipients = 0;       ///< envelopes by mail for one first alert of all affected tenants
    std::uint32_t webhook_recipients = 0;
    std::vector<double> send_rates;          ///< of each relay, mails per second; infinity when unlimited
    model::Milliseconds connect_cap{5'000};
    model::Milliseconds step_cap{20'000};
    model::Milliseconds final_cap{60'000};
    model::Milliseconds transaction{5'000};  ///< allowance for one fault-free transaction
    std::uint32_t parallel = 8;              ///< transactions at a time per relay
    model::Milliseconds allowance{1'000};    ///< lateness of each start, and commit
    model::Milliseconds cross_check{2'000};  ///< a silent sample waits so long for the references
};

/// `seen`: true stop -> detect. `told`: detect -> the last tenant's acceptance, fault-free and with any one relay hanging.
struct Bound {
    model::Milliseconds seen{0};
    model::Milliseconds seen_limit{0};
    bool seen_judged = true;               ///< false for performance: printed only
    model::Milliseconds told{0};
    model::Milliseconds told_one_hanging{0}; ///< 0 when there are fewer than two relays: not computable
    model::Milliseconds told_limit{0};     ///< of the first alert
    bool refused = false;                  ///< seen over its limit, or told over 50 %
    bool warned = false;                   ///< told over 25 %
};

/// The worst case, computed. Pure. An upper bound for faults of the target alone (`told`), and of the target and any one
/// relay that stops answering at any step (`told_one_hanging`); the relays are used in their order.
Bound bound(const BoundInput& input);

} // namespace incidents

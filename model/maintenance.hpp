#pragma once

#include "model/time.hpp"

#include <string>
#include <vector>

namespace model {

/// A declared window in which a service may be down (semantics 1.3, 2). Whole windows only: nothing is declared back in time.
struct Maintenance {
    std::string id;                    ///< MNT-20261123-01
    std::string title;                 ///< what is done, for customers
    std::vector<std::string> services; ///< sorted
    std::vector<std::string> tenants;  ///< sorted; who is affected, resolved when it was declared
    WallTime start{};
    WallTime end{};                    ///< exclusive
    Instant declared;
    bool regular = false;              ///< an occurrence of the service's `regular_maintenance`
    Milliseconds lead{0};              ///< that the contract asks for: so long before its start it is to be declared and announced
    bool in_time = true;               ///< declared with that lead: only then it is no outage
};

} // namespace model

#pragma once

#include "model/duty.hpp"
#include "model/notice.hpp"

#include <string>
#include <vector>

namespace model {

/// A customer, resolved from the configuration: whom to tell, in which language, about which services.
struct Tenant {
    std::string name;
    std::vector<std::string> services;  ///< patterns already expanded; sorted
    Language language = Language::ja;
    ContactPolicy policy = ContactPolicy::any;
    std::vector<Contact> contacts;
};

/// The provider's own people for one role (manager, on-call).
struct StaffRole {
    Language language = Language::ja;
    ContactPolicy policy = ContactPolicy::any;
    std::vector<Contact> contacts;
};

/// The limits and settings of duties (semantics 1.2, 1.3); the defaults are the guideline's [G] or ours [P].
struct DutyRules {
    Milliseconds first_alert{20 * 60'000};        // [G] III.1.1.1 b
    Milliseconds follow_up{60 * 60'000};          // [G] III.1.1.8
    Milliseconds follow_up_further{60 * 60'000};  // [P]
    Milliseconds recovery{20 * 60'000};           // [P]
    Milliseconds correction{20 * 60'000};         // [P]
    Milliseconds maintenance_lead{24 * 3'600'000};// semantics 2: before the start, by contract
    Milliseconds blind_on_call{10 * 60'000};      // [P]
    Milliseconds blind_manager{60 * 60'000};      // [P]
    Milliseconds line_manager{60 * 60'000};       // [G] III.3.2.5
    Milliseconds grouping{15'000};                // [P] at most 60 s
    std::uint32_t follow_up_release_percent = 75; // released by itself at 45 min
    Milliseconds relapse_within{10 * 60'000};     // [P]

    friend bool operator==(const DutyRules&, const DutyRules&) = default;
};

} // namespace model

#pragma once

#include "config/profile.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace config {

/// What the configuration says to one item of the checklist. It tells what is declared, not what is measured: that is the sheet's.
enum class Coverage : std::uint8_t {
    covered,         ///< the settings cover the whole item
    partly,          ///< a part of it: hinomi's own records and copies, not the service's
    missing,         ///< nothing, or too little
    not_applicable,  ///< declared so, with the reason
};

struct CoverageRow {
    const ProfileItem* item = nullptr;  ///< owned by the profile
    Coverage coverage = Coverage::missing;
    std::string by;                     ///< which setting covers it, what is missing, or the reason
    bool by_settings = false;           ///< settings can cover it; otherwise it waits for an import, an attestation or a later version
};

/// One row for each item of the profile, in its order. Pure.
std::vector<CoverageRow> coverage(const Settings& settings, const Profile& profile);

/// `covered`, `partly`, `missing`, `n/a`
std::string_view word_for(Coverage coverage);

} // namespace config

#pragma once

#include "config/document.hpp"
#include "model/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// One item of the guideline's checklist, as the profile's file holds it.
struct ProfileItem {
    std::string id;            ///< `III.1.1.1 a`; without a letter where a control has one item only
    std::string title_ja;
    std::string title_en;
    bool basic = true;         ///< otherwise recommended
    bool must = false;         ///< starred in the checklist: must be achieved
    std::string group;
    std::string mode;          ///< automatic, semi-automatic, attested
    std::string audience;      ///< owner, manager, customers
    std::string metric;        ///< empty: the checklist names none
    std::string comparison;    ///< `<=`, `>=`, `==`, `is`, `any_of`, `all_of`; empty: no value
    std::string number;        ///< as printed; empty: the unit holds words
    std::string unit;
    std::optional<model::Milliseconds> bound;  ///< the limit in elapsed time, lenient where months are meant
    std::string value;         ///< as printed
    std::string clock_from;    ///< what the limit counts from; empty: nothing
    std::string requirement;   ///< the control's text
    std::vector<std::string> demands;
};

/// A checklist with its limits. Limits are data: code asks the profile.
struct Profile {
    std::string name;
    std::string title_ja;
    std::string title_en;
    std::vector<ProfileItem> items;

    /// The item of that id, or nothing.
    [[nodiscard]] const ProfileItem* find(std::string_view id) const;
};

/// Reads a profile's text; whatever does not fit is a problem.
Profile read_profile(std::string_view text, const std::string& file, Problems& problems);

/// The profile that is compiled in, `mic2008-pattern1`. Read once; never changes.
const Profile& built_in_profile();

} // namespace config

#include "config/profile.hpp"

#include "config/built_in.hpp"

#include <algorithm>

namespace config {

namespace {

void read_limit(const Node& limit, ProfileItem& item, Problems& problems) {
    if (!is_map(limit, problems)) return;
    item.comparison = read_string(limit.get("comparison"), problems).value_or("");
    item.number = read_string(limit.get("number"), problems).value_or("");
    item.unit = read_string(limit.get("unit"), problems).value_or("");
    item.bound = read_duration(limit.get("bound"), problems);
    item.value = read_string(limit.get("value"), problems).value_or("");
}

ProfileItem read_item(const Node& node, Problems& problems) {
    ProfileItem item;
    item.id = read_string(require(node, "id", "Add id", problems), problems).value_or("");
    item.title_ja = read_string(node.get("title").get("ja"), problems).value_or("");
    item.title_en = read_string(node.get("title").get("en"), problems).value_or("");
    item.basic = read_word(node.get("class"), {"basic", "recommended"}, problems) == "basic";
    item.must = read_bool(node.get("must"), problems).value_or(false);
    item.group = read_string(node.get("group"), problems).value_or("");
    item.mode = read_word(node.get("mode"), {"automatic", "semi-automatic", "attested"}, problems).value_or("");
    item.audience = read_word(node.get("audience"), {"owner", "manager", "customers"}, problems).value_or("");
    item.metric = read_string(node.get("metric"), problems).value_or("");
    read_limit(node.get("limit"), item, problems);
    item.clock_from = read_string(node.get("clock_from"), problems).value_or("");
    item.requirement = read_string(node.get("requirement"), problems).value_or("");
    item.demands = read_strings(node.get("demands"), problems);
    return item;
}

} // namespace

const ProfileItem* Profile::find(std::string_view id) const {
    const auto found = std::ranges::find(items, id, &ProfileItem::id);
    return found == items.end() ? nullptr : &*found;
}

Profile read_profile(std::string_view text, const std::string& file, Problems& problems) {
    Profile profile;
    const auto root = parse(text, file, problems);
    profile.name = read_string(root.get("name"), problems).value_or("");
    profile.title_ja = read_string(root.get("title").get("ja"), problems).value_or("");
    profile.title_en = read_string(root.get("title").get("en"), problems).value_or("");
    for (const auto& node : root.get("items").items()) profile.items.push_back(read_item(node, problems));
    return profile;
}

const Profile& built_in_profile() {
    static const Profile profile = [] {
        Problems problems;  // a test sees to it that there are none
        return read_profile(built_in_profile_text(), "mic2008-pattern1.yaml", problems);
    }();
    return profile;
}

} // namespace config

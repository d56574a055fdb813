#include "daemon/access.hpp"

#include <algorithm>
#include <array>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace hinomi {

namespace {

constexpr std::size_t many_groups = 1'024;

} // namespace

std::string name_of_group(std::uint32_t group) {
    std::array<char, 16'384> space{};
    ::group entry{};
    ::group* found = nullptr;
    if (getgrgid_r(group, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return "";
    return found->gr_name;
}

std::optional<std::string> known_name_of(std::uint32_t user) {
    std::array<char, 16'384> space{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(user, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return std::nullopt;
    return found->pw_name;
}

std::optional<Role> role_of(const std::vector<std::string>& groups, const Access& access) {
    const auto among = [&](const std::vector<std::string>& allowed) {
        return std::ranges::any_of(groups, [&](const auto& group) { return std::ranges::find(allowed, group) != allowed.end(); });
    };
    if (among(access.administrators)) return Role::administrator;
    if (among(access.operators)) return Role::operators;
    if (among(access.viewers)) return Role::viewer;
    return std::nullopt;
}

std::string name_of_user(std::uint32_t user) { return known_name_of(user).value_or("uid " + std::to_string(user)); }

Person person_of(const io::Peer& peer, const Access& access) {
    Person person{.name = name_of_user(peer.user), .role = std::nullopt};
    std::vector<gid_t> ids{peer.group};
    if (const auto name = known_name_of(peer.user)) {
        std::vector<gid_t> all(many_groups);
        int count = static_cast<int>(all.size());
        if (getgrouplist(name->c_str(), peer.group, all.data(), &count) >= 0) {
            all.resize(static_cast<std::size_t>(count));
            ids = std::move(all);
        }
    }
    if (peer.user == 0 || peer.user == geteuid()) {
        person.role = Role::administrator;
        return person;
    }
    std::vector<std::string> groups;
    groups.reserve(ids.size());
    for (const auto id : ids) groups.push_back(name_of_group(id));
    person.role = role_of(groups, access);
    return person;
}

} // namespace hinomi

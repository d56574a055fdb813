#pragma once

#include "daemon/verbs.hpp"
#include "io/local_socket.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hinomi {

/// Who may ask what over the control socket: Unix groups by role. Root and the daemon's own user may do everything.
struct Access {
    std::vector<std::string> viewers;
    std::vector<std::string> operators;
    std::vector<std::string> administrators;
};

/// A peer as the machine's user database knows it.
struct Person {
    std::string name;                  ///< `sato`, or `uid 1000` where the user has no name
    std::optional<Role> role;          ///< nothing: may not even look
};

/// The user's name in the user database, if it has one; and the group's, empty without one. Both may block.
std::optional<std::string> known_name_of(std::uint32_t user);
std::string name_of_group(std::uint32_t group);

/// The user's name, or `uid 1000` where it has none. Reads the user database, which may block.
std::string name_of_user(std::uint32_t user);

/// Reads the user database (getpwuid, getgrouplist): may block for a moment where users come over the network.
Person person_of(const io::Peer& peer, const Access& access);

/// The highest role that these groups give.
std::optional<Role> role_of(const std::vector<std::string>& groups, const Access& access);

} // namespace hinomi

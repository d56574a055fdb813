#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace io {

/// The IPv4 default gateway in a text as /proc/net/route has it, numeric: of several the one with the lowest metric.
std::optional<std::string> default_gateway_in(std::string_view routes);

/// This machine's IPv4 default gateway now; nothing when it has none.
std::optional<std::string> default_gateway();

} // namespace io

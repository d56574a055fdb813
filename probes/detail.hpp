#pragma once

#include <string>
#include <string_view>

namespace probes {

/// Foreign text made fit for an observation: valid UTF-8, one line, no control characters, nothing that looks like a
/// password, token, cookie or Authorization header, at most 4 KiB.
std::string detail_of(std::string_view text);

/// The first bytes of a body for people, in the same way, at most 500 bytes.
std::string excerpt_of(std::string_view body);

} // namespace probes

#pragma once

#include "config/document.hpp"
#include "io/http_client.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

/// What the blocks of several kinds have in common.
namespace probes {

/// Reports every key of a watch's block that is neither common to all watches nor in `own`.
void refuse_other_keys(const config::Node& block, const std::vector<std::string_view>& own, config::Problems& problems);

/// `ip_version: 4` or `6`; either when absent.
io::AddressFamily read_family(const config::Node& block, config::Problems& problems);

/// `16KiB`, `1MiB`, `512B`: bytes, from 1 to `highest`.
std::optional<std::size_t> read_size(const config::Node& node, std::size_t highest, config::Problems& problems);

} // namespace probes

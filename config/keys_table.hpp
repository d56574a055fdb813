#pragma once

#include "config/keys.hpp"

/// The rows of the table of keys, by part of the configuration. Only keys.cpp joins them.
namespace config {

std::span<const Key> root_rows();
std::span<const Key> service_rows();
std::span<const Key> watch_rows();
std::span<const Key> people_rows();
std::span<const Key> running_rows();

} // namespace config

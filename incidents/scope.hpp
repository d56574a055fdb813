#pragma once

#include "incidents/book.hpp"
#include "model/directory.hpp"

#include <string>
#include <vector>

/// Sets of names as sorted vectors, and who is affected by what.
namespace incidents {

std::vector<std::string> sorted(std::vector<std::string> names);
std::vector<std::string> without(const std::vector<std::string>& names, const std::vector<std::string>& taken);
std::vector<std::string> common(const std::vector<std::string>& names, const std::vector<std::string>& others);
std::vector<std::string> united(const std::vector<std::string>& names, const std::vector<std::string>& more);
bool intersect(const std::vector<std::string>& names, const std::vector<std::string>& others);

/// Tenants that use at least one of the services. Sorted.
std::vector<std::string> tenants_of(const model::Directory& directory, const std::vector<std::string>& services);

/// Of these tenants, those from whom no maintenance hides what began at `began`. Hidden is who uses only services under a
/// maintenance that covers that moment and is not over yet at `now` (semantics 1.3).
std::vector<std::string> not_hidden(const Book& book, const model::Directory& directory, std::vector<std::string> tenants,
                                    const std::vector<std::string>& services, model::WallTime began, model::WallTime now);

} // namespace incidents

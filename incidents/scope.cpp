#include "incidents/scope.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace incidents {

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

std::vector<std::string> without(const std::vector<std::string>& names, const std::vector<std::string>& taken) {
    std::vector<std::string> left;
    std::ranges::set_difference(names, taken, std::back_inserter(left));
    return left;
}

std::vector<std::string> common(const std::vector<std::string>& names, const std::vector<std::string>& others) {
    std::vector<std::string> shared;
    std::ranges::set_intersection(names, others, std::back_inserter(shared));
    return shared;
}

std::vector<std::string> united(const std::vector<std::string>& names, const std::vector<std::string>& more) {
    std::vector<std::string> all;
    std::ranges::set_union(names, more, std::back_inserter(all));
    return all;
}

bool intersect(const std::vector<std::string>& names, const std::vector<std::string>& others) {
    return std::ranges::any_of(names, [&](const auto& name) { return std::ranges::binary_search(others, name); });
}

std::vector<std::string> tenants_of(const model::Directory& directory, const std::vector<std::string>& services) {
    std::set<std::string> tenants;
    for (const auto& service : services) {
        if (const auto found = directory.tenants_of.find(service); found != directory.tenants_of.end())
            tenants.insert(found->second.begin(), found->second.end());
    }
    return {tenants.begin(), tenants.end()};
}

std::vector<std::string> not_hidden(const Book& book, const model::Directory& directory, std::vector<std::string> tenants,
                                    const std::vector<std::string>& services, model::WallTime began, model::WallTime now) {
    std::vector<const model::Maintenance*> going_on;
    for (const auto& [id, facts] : book.maintenances) {
        const auto& window = facts.maintenance;
        const bool covers = !facts.ended && window.start <= began && now < window.end;
        if (covers && intersect(services, window.services)) going_on.push_back(&window);
    }
    if (going_on.empty()) return tenants;
    std::erase_if(tenants, [&](const auto& tenant) {
        return std::ranges::all_of(services, [&](const auto& service) {
            const auto users = directory.tenants_of.find(service);
            if (users == directory.tenants_of.end() || !std::ranges::binary_search(users->second, tenant)) return true;
            return std::ranges::any_of(going_on, [&](const auto* window) {
                return std::ranges::binary_search(window->services, service) && std::ranges::binary_search(window->tenants, tenant);
            });
        });
    });
    return tenants;
}

} // namespace incidents

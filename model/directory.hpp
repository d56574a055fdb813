#pragma once

#include "model/tenant.hpp"

#include <map>
#include <string>
#include <vector>

namespace model {

/// A service as its customers know it.
struct Service {
    std::string name;
    std::string title_ja;
    std::string title_en;
    std::string time_zone = "UTC";
};

/// Who is affected by what, and how they are told: the configuration as the rules and the composer read it.
/// Immutable once built; a reload makes a new one.
struct Directory {
    std::map<std::string, Service> services;
    std::map<std::string, Tenant> tenants;                       ///< by name
    std::map<std::string, std::vector<std::string>> tenants_of;  ///< service -> tenants' names, sorted
    StaffRole manager;
    StaffRole on_call;
    DutyRules rules;
    std::string provider;       ///< the provider's name, shown as the sender of mails; may be empty
    std::string support;        ///< お問い合わせ先: free text of the provider; may be empty
    std::string time_zone = "UTC"; ///< the provider's own zone: incident numbers, staff mails
    bool rehearsal = false;     ///< customers' notices go to on-call, marked 【訓練】
};

} // namespace model

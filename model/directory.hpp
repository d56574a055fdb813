#pragma once

#include "model/service_calendar.hpp"
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
    std::vector<WeeklyHours> hours{};                     ///< when the service is offered; empty: always
    std::vector<std::chrono::year_month_day> closed_on{}; ///< holidays: local days without service hours
    bool hours_declared = false;                        ///< undeclared hours fail III.2.1.1
    std::vector<RecurringWindow> regular_maintenance{};   ///< empty with `maintenance_declared`: there is none
    bool maintenance_declared = false;                  ///< undeclared regular maintenance fails III.2.1.1
    double availability = 99.5;                         ///< percent to be reached; [G] III.2.1.1

    friend bool operator==(const Service&, const Service&) = default;
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

#pragma once

#include "incidents/advance.hpp"
#include "incidents/book.hpp"
#include "model/directory.hpp"
#include "model/event.hpp"

#include <array>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What people decide, as events to append in one turn; or a sentence that says why not and what to do. Pure.
namespace incidents {

using Decision = std::expected<std::vector<model::Payload>, std::string>;

/// What a note can say; customers' follow-ups carry these (semantics 1.5).
inline constexpr std::array<std::string_view, 7> note_fields{"symptom", "scope", "cause", "measures", "workaround", "forecast", "remark"};

struct HandOpened {
    std::vector<std::string> services;
    model::Severity severity = model::Severity::stop;
    model::Instant discover;               ///< when a person of the provider first knew; not in the future
    std::string symptom;                   ///< for customers
};

/// An incident that no watch saw. Its clocks have been running since `discover` (semantics 1.1).
Decision open_by_hand(const Book& book, const model::Directory& directory, const Moment& moment, HandOpened request);

/// Stops pages to on-call about it; never a customer's stage.
Decision acknowledge(const Book& book, const model::IncidentId& id);

/// Keeps what a person knows for the next report; `release` sends the waiting follow-up now.
Decision note(const Book& book, const model::IncidentId& id, const std::map<std::string, std::string>& fields, bool release);

/// Some notice about it is still to be composed for a tenant, and will say what was noted.
bool report_to_come(const Book& book, const model::IncidentId& id);

/// Ends what a person opened or took over. What watches still see as bad stays open.
Decision resolve(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                 const std::optional<model::Instant>& restore);

/// It was opened in error: open duties are void, and whoever was told gets a correction (semantics 1.2).
Decision void_incident(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                       const std::string& reason);

/// The failures of a watch that never passed are real: from now on they are told to customers.
Decision confirm(const Book& book, const model::Directory& directory, const Moment& moment, const model::IncidentId& id,
                 const std::map<std::string, std::vector<std::string>>& services_of_watch);

/// A watch leaves the configuration: its suspicion and its blindness end, and where its incident is open a person has to
/// say when that is over.
Decision hand_over(const Book& book, const std::string& watch, const Moment& moment);

/// A DSN came back for the message.
Decision bounce(const Book& book, const std::string& message_id, const std::string& diagnostic, const Moment& moment);

struct MaintenanceRequest {
    std::string title;
    std::vector<std::string> services;
    std::vector<std::string> tenants;      ///< empty: all that use the services
    model::WallTime start{};
    model::WallTime end{};
    bool regular = false;                  ///< of the service's `regular_maintenance`
    std::optional<model::Milliseconds> lead = std::nullopt; ///< announced so long before the start; absent: the contract's
};

/// Declares a window and owes its announcement to every tenant. Never back in time.
Decision declare_maintenance(const Book& book, const model::Directory& directory, const Moment& moment, MaintenanceRequest request);

/// Before its start it never was; after it, it ends now. Whoever was told of it gets a correction.
Decision cancel_maintenance(const Book& book, const model::Directory& directory, const Moment& moment, const std::string& id,
                            const std::string& reason);

/// The rehearsal ends: on-call had what was composed for customers, who have heard nothing. Of open incidents they are owed an alert
/// and a follow-up from now; windows to come are declared and announced anew, with the lead that is left.
Decision go_live(const Book& book, const model::Directory& directory, const Moment& moment);

} // namespace incidents

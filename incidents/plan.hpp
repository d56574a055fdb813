#pragma once

#include "incidents/advance.hpp"
#include "incidents/book.hpp"
#include "model/directory.hpp"

#include <vector>

namespace incidents {

/// One notice to compose now.
struct Release {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    std::vector<model::DutyId> duties;     ///< those of the stage, and older undelivered ones it takes over; 0 for a page
    std::vector<std::string> subjects;     ///< incidents it speaks of, sorted
    std::string page;                      ///< with Stage::page: what on-call or the manager is told, one of a closed set of words:
                                           ///< at_risk, missed, no_contact, opened, restored, unverified,
                                           ///< unverified_recovered, undurable, reload_rejected, relay_lost, backup_old
    std::uint32_t percent = 0;             ///< with page at_risk
};

/// What time demands now.
struct Plan {
    std::vector<model::Payload> events;    ///< to append, in order: risk marks, misses, duties that became due, settlements
    std::vector<Release> releases;         ///< to compose and append as NoticeComposed in the same turn
    model::Milliseconds next{model::Milliseconds::max()}; ///< boot time at which to ask again, if nothing else happens
};

/// Derived from the state alone and idempotent: asking again after its events and notices were applied yields nothing
/// new for the same moment. Looks only at what is due. Pure.
///
/// Covers: grouping and release of duties (a follow-up at 75 %), combined notices (a recovery takes over the
/// undelivered first alert and follow-up; a relapse the undelivered recovery), further follow-ups from the acceptance
/// of the one before until recovery, risk at 50 / 75 / 90 % to on-call, the miss to the manager, unknown spells that
/// last too long, settling of duties.
Plan plan(const Book& book, const model::Directory& directory, const Moment& moment);

} // namespace incidents

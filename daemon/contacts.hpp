#pragma once

#include "config/settings.hpp"
#include "daemon/secrets.hpp"
#include "ledger/stored_event.hpp"
#include "model/directory.hpp"

#include <map>
#include <vector>

namespace hinomi {

/// The contacts of the configuration with their ids, and the rows that the ledger does not have yet.
struct IdentifiedContacts {
    std::map<model::ContactId, model::Contact> all;  ///< also those no longer configured: armed duties still name them
    std::vector<ledger::ContactRow> added;
};

/// Gives each configured contact the id it has always had (same owner, channel and address) or the next free one, fills
/// the directory's people with them, and resolves webhook secrets.
IdentifiedContacts identify_contacts(const config::Settings& settings, const std::vector<ledger::ContactRow>& known, Secrets& secrets,
                                     model::Directory& directory, config::Problems& problems);

} // namespace hinomi

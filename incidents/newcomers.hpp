#pragma once

#include "incidents/advance.hpp"
#include "incidents/book.hpp"
#include "model/directory.hpp"

#include <string>
#include <vector>

namespace incidents {

/// `tenants` (sorted, not yet of the incident) are concerned by the open incident from now on: each is owed a first alert and a
/// follow-up whose clocks run since `base`. Pure.
std::vector<model::Payload> concern(const Book& book, const model::Directory& directory, const Moment& moment,
                                    const model::IncidentId& incident, const std::vector<std::string>& tenants, const model::Instant& base);

/// What a new `directory` demands at `moment`: a tenant that came to a service while its incident is open is told like the
/// others, with clocks of its own since now (semantics 4); one from whom maintenance hides it, when that ends. Pure and idempotent.
std::vector<model::Payload> welcome(const Book& book, const model::Directory& directory, const Moment& moment);

} // namespace incidents

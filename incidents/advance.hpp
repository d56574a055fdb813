#pragma once

#include "incidents/book.hpp"
#include "model/directory.hpp"
#include "model/event.hpp"
#include "model/verdict.hpp"
#include "model/watch.hpp"

#include <string>
#include <vector>

namespace incidents {

/// The moment of a decision.
struct Moment {
    model::Instant now;
    std::string date;            ///< the provider's local date, 20261123: for incident numbers
    bool clock_doubtful = false; ///< new deadlines are marked
};

/// Everything that follows from one verdict: the watch's own event, the incident's, and the duties armed by it, in the
/// order in which they must be appended. Empty when nothing changed. Pure; `book` is the state before.
std::vector<model::Payload> advance(const Book& book, const model::Watch& watch, const model::Verdict& verdict,
                                    const model::Directory& directory, const Moment& moment);

} // namespace incidents

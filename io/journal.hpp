#pragma once

#include "model/event.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace io {

namespace asio = boost::asio;

/// The one way to change what hinomi knows. State thread only.
class Journal {
public:
    virtual ~Journal() = default;

    /// Numbers the payloads, applies every fold at once and hands them to the ledger, with no suspension in between.
    /// Returns the sequence of the last one.
    virtual model::Sequence append(std::vector<model::Payload> payloads) = 0;

    /// Resumes once everything up to `sequence` is durable, or is queued as undurable. Effects wait for this.
    virtual asio::awaitable<void> committed(model::Sequence sequence) = 0;
};

} // namespace io

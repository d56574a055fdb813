#pragma once

#include "ledger/stored_event.hpp"

#include <span>
#include <string>
#include <vector>

namespace ledger {

/// The bytes of a header that its hash covers: fixed layout, little-endian (doc/ledger-format.md).
std::string header_bytes(const Header& header);

/// SHA-256 of salt and payload.
model::Digest payload_digest(const model::Salt& salt, const std::string& payload);

/// Links each event to the one before it: fills `payload_digest` and `previous`, in order. Returns the new head.
model::Digest link(std::span<StoredEvent> events, model::Digest head);

} // namespace ledger

#pragma once

#include "model/event.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace ledger {

/// The payload format this build writes. Older ones are upcast when read; newer ones refuse to start.
inline constexpr std::uint16_t payload_version = 1;

/// JSON of one event: {"event": NAME, "at": instant, ...fields}. `undurable` marks an event that waited in memory.
std::string encode(const model::Event& event, bool undurable);

/// The event of a stored payload. Errors name the event, the field and what was found.
std::expected<model::Event, std::string> decode(model::Sequence sequence, std::uint16_t version, std::string_view payload);

/// The event's word in the ledger, as `confirmed`.
std::string_view kind_of(const model::Payload& payload);

/// How long an event is kept (III.2.1.3 a, b), and whose it is.
model::RetentionClass retention_of(const model::Payload& payload);
std::string tenant_of(const model::Payload& payload);

} // namespace ledger

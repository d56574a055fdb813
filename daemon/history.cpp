#include "daemon/history.hpp"

#include "ledger/codec.hpp"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

namespace hinomi {

namespace {

using ledger::StoreError;
using model::Sequence;

std::expected<std::optional<ledger::Header>, StoreError> first_after(ledger::Store& store, Sequence sequence) {
    std::optional<ledger::Header> found;
    const auto read = store.replay(sequence, [&](const ledger::StoredEvent& event) {
        found = event.header;
        return false;
    });
    if (!read) return std::unexpected(read.error());
    return found;
}

/// The highest sequence of which every event up to it is older. Times may step back with the wall clock: then some more or
/// fewer are read, at an end that the figures hardly reach.
std::expected<Sequence, StoreError> last_before(ledger::Store& store, model::WallTime since, Sequence last) {
    Sequence low = 0;
    Sequence high = last;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto header = first_after(store, middle);
        if (!header) return std::unexpected(header.error());
        if (!*header || (*header)->time >= since) high = middle;
        else low = (*header)->sequence;
    }
    return low;
}

/// The word of `"event":"word"`: quotes within texts are escaped, so that nothing else looks like it.
std::string_view kind_of(std::string_view payload) {
    constexpr std::string_view key = "\"event\":\"";
    const auto place = payload.find(key);
    if (place == std::string_view::npos) return {};
    const auto word = payload.substr(place + key.size());
    return word.substr(0, word.find('"'));
}

} // namespace

std::expected<Sequence, StoreError> read_history(ledger::Store& store, model::WallTime since,
                                                 const std::function<bool(std::string_view kind)>& wanted,
                                                 const std::function<void(const model::Event&)>& apply) {
    const auto last = store.last_event();
    if (!last) return std::unexpected(last.error());
    if (!*last) return Sequence{1};
    const auto after = last_before(store, since, (*last)->header.sequence);
    if (!after) return std::unexpected(after.error());
    const auto read = store.replay(*after, [&](const ledger::StoredEvent& stored) {
        if (stored.erased || !wanted(kind_of(stored.payload))) return true;
        const auto event = ledger::decode(stored.header.sequence, stored.header.version, stored.payload);
        if (event) apply(*event);
        else spdlog::warn("event {} is left out of the availability: {}", stored.header.sequence, event.error());
        return true;
    });
    if (!read) return std::unexpected(read.error());
    return *after + 1;
}

} // namespace hinomi

#include "ledger/batch.hpp"

#include "ledger/chain.hpp"

namespace ledger {

StoreResult write_batch(Store& store, Batch& batch, std::optional<model::Digest>& head) {
    if (batch.reopen_first) {
        store.close();
        head.reset();
        if (auto opened = store.open(); !opened) return opened;
    }
    if (!head) {
        const auto last = store.last_event();
        if (!last) return std::unexpected(last.error());
        head = *last ? header_hash((*last)->header) : model::Digest{};
        // a batch whose outcome was an error may have become durable all the same: never write an event twice
        if (*last) std::erase_if(batch.events, [&](const auto& event) { return event.header.sequence <= (*last)->header.sequence; });
    }
    if (!batch.contacts.empty()) {
        if (auto saved = store.save_contacts(batch.contacts); !saved) return saved;
    }
    const auto new_head = link(batch.events, *head);
    if (auto appended = store.append(batch.events, batch.records); !appended) {
        head.reset();
        return appended;
    }
    head = new_head;
    StoreResult result;
    if (batch.snapshot) result = store.save_snapshot(*batch.snapshot);
    if (result && batch.erasure) result = store.prune(batch.erasure->usage_before, batch.erasure->exception_before);
    if (!result) head.reset();  // the events are durable, and will be handed over again
    return result;
}

} // namespace ledger

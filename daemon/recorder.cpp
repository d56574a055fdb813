#include "daemon/recorder.hpp"

namespace hinomi {

model::Sequence Recorder::append(std::vector<model::Payload> payloads) {
    std::vector<model::Event> events;
    events.reserve(payloads.size());
    const auto now = clock_.now();
    for (auto& payload : payloads) events.push_back({++last_, now, std::move(payload)});
    const auto last = last_;
    // The ledger first: an observer may append in turn, and sequences must reach it in order.
    ledger_.append(events);
    for (const auto& event : events) {
        const auto transitions = book_.apply(event);
        for (const auto& observer : observers_) observer(event, transitions);
    }
    return last;
}

io::asio::awaitable<void> Recorder::committed(model::Sequence sequence) { return ledger_.committed(sequence); }

} // namespace hinomi

#pragma once

#include "io/clock.hpp"
#include "io/random.hpp"
#include "ledger/writer.hpp"
#include "model/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace ledger {

namespace asio = boost::asio;

struct LedgerSettings {
    std::size_t batch_events = 512;              ///< group commit: so many events ...
    model::Milliseconds batch_wait{2};           ///< ... or so long, whichever is first
    model::Milliseconds record_wait{1'000};      ///< that records wait for events to be written with: each commit costs an fsync
    std::size_t queue_limit = 200'000;           ///< events kept in memory while undurable
    model::Milliseconds retry_after{1'000};      ///< between attempts to write while undurable
};

/// Called on the state thread when durability is lost or regained; the owner appends LedgerUndurable / LedgerDurable
/// events, tells on-call and sets the metric.
struct DurabilityChange {
    bool durable = true;
    std::string cause;
    std::uint32_t queued = 0;
    std::uint32_t lost = 0;
};

/// Group commit and undurable mode over a Writer. State thread only.
///
/// While writing works, `committed` waits for the fsync. When it fails, events wait in a bounded queue marked
/// undurable, `committed` returns at once, and writing is retried; on healing they are appended with their original
/// times. Records (samples, statistics) are dropped first when the queue is full, never incident events; a crash may lose
/// those of the last second.
class Ledger {
public:
    Ledger(asio::any_io_executor executor, io::Clock& clock, io::Random& random, Writer& writer, LedgerSettings settings,
           std::function<void(DurabilityChange)> on_change);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Takes over numbered events. Encoding happens here; nothing waits.
    void append(const std::vector<model::Event>& events);
    void append(Record record);
    /// New contacts, durable before any event that is appended later.
    void append(const std::vector<ContactRow>& contacts);
    void append(Snapshot snapshot);
    /// Erases some of what is over, after what was appended before.
    void erase(Erasure erasure);

    /// Resumes once everything up to `sequence` is durable, or the ledger is undurable.
    asio::awaitable<void> committed(model::Sequence sequence);

    /// Resumes when nothing waits any more, or the ledger is undurable: for the orderly stop.
    asio::awaitable<void> drained();

    [[nodiscard]] bool durable() const;
    /// For how long the ledger thread has owed an answer, good or bad; zero when it owes none.
    [[nodiscard]] model::Milliseconds owed() const;
    [[nodiscard]] model::Sequence durable_upto() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // the writer's completions may outlive the ledger
};

} // namespace ledger

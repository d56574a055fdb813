#pragma once

#include "io/clock.hpp"
#include "io/random.hpp"
#include "ledger/recovery.hpp"
#include "ledger/writer.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace simulation {

/// The clock of one life of the process: reads the world's time, holds that life's timers, and is emptied by a crash.
class SimulatedClock final : public io::Clock {
public:
    explicit SimulatedClock(World& world) : world_(world) {}

    model::Instant now() override { return world_.instant(); }
    TimerId call_at(model::Milliseconds boot, std::move_only_function<void()> action) override;
    void cancel(TimerId timer) override;

    /// True time of the next timer; max when there is none.
    [[nodiscard]] Milliseconds next_due() const;
    /// Runs one timer that is due; false when none is.
    bool run_one();
    /// A crash: nothing of this life runs any more.
    void clear();

private:
    using Key = std::pair<Milliseconds, TimerId>;
    World& world_;
    std::map<Key, std::move_only_function<void()>> timers_;
    std::map<TimerId, Milliseconds> due_;
    TimerId last_ = 0;
};

class SimulatedRandom final : public io::Random {
public:
    explicit SimulatedRandom(Dice dice) : dice_(dice) {}
    std::uint64_t next() override { return dice_.next(); }
    void fill(std::span<std::uint8_t> bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(dice_.next() >> 32);
    }

private:
    Dice dice_;
};

/// The disk: what was appended survives crashes. Fails as told, until mended.
class SimulatedDisk final : public ledger::Store {
public:
    ledger::StoreResult open() override { return {}; }
    void close() override {}
    ledger::StoreResult append(std::span<const ledger::StoredEvent> events, std::span<const ledger::Record> records) override;
    ledger::StoreResult replay(model::Sequence after, const std::function<bool(const ledger::StoredEvent&)>& visit) override;
    ledger::StoreResult fetch(std::span<const model::Sequence> sequences,
                              const std::function<bool(const ledger::StoredEvent&)>& visit) override;
    std::expected<std::optional<ledger::StoredEvent>, ledger::StoreError> last_event() override;
    std::expected<std::optional<ledger::Record>, ledger::StoreError> last_record(ledger::RecordKind kind) override;
    ledger::StoreResult save_snapshot(const ledger::Snapshot& snapshot) override;
    std::expected<std::optional<ledger::Snapshot>, ledger::StoreError> latest_snapshot() override { return snapshot_; }
    std::expected<std::vector<ledger::ContactRow>, ledger::StoreError> contacts() override { return std::vector<ledger::ContactRow>{}; }
    ledger::StoreResult save_contacts(std::span<const ledger::ContactRow>) override { return {}; }
    ledger::StoreResult prune(model::WallTime, model::WallTime) override { return {}; }
    std::uint64_t size_bytes() override { return events_.size(); }

    std::optional<ledger::StoreError> broken;  ///< every write fails with it
    bool writes_all_the_same = false;          ///< though it reports the failure: the outcome of a failed fsync is open

    [[nodiscard]] const std::vector<ledger::StoredEvent>& events() const { return events_; }

private:
    void keep(std::span<const ledger::StoredEvent> events, std::span<const ledger::Record> records);

    std::vector<ledger::StoredEvent> events_;
    std::map<ledger::RecordKind, ledger::Record> last_records_;
    std::optional<ledger::Snapshot> snapshot_;
};

/// The ledger thread, simulated: a batch reaches the disk after a delay. A crash in between keeps it or loses it.
class SimulatedWriter final : public ledger::Writer {
public:
    SimulatedWriter(World& world, SimulatedClock& clock, SimulatedDisk& disk) : world_(world), clock_(clock), disk_(disk) {}

    void submit(ledger::Batch batch, Done done) override;

    /// The process died: the batch under way may still have reached the disk.
    void crash(bool keep);

private:
    ledger::StoreResult write(ledger::Batch& batch);

    World& world_;
    SimulatedClock& clock_;
    SimulatedDisk& disk_;
    std::optional<ledger::Batch> under_way_;
    Milliseconds submitted_{0};  ///< when what is under way was handed over
    std::optional<model::Digest> head_;
};

} // namespace simulation

#include "tests/simulation/machine.hpp"

#include "ledger/batch.hpp"

#include <algorithm>

namespace simulation {

io::Clock::TimerId SimulatedClock::call_at(model::Milliseconds boot, std::move_only_function<void()> action) {
    const auto id = ++last_;
    timers_.emplace(Key{boot, id}, std::move(action));
    due_.emplace(id, boot);
    return id;
}

void SimulatedClock::cancel(TimerId timer) {
    const auto due = due_.find(timer);
    if (due == due_.end()) return;
    // destroyed outside the maps: an action may own a coroutine whose destructors come back here
    auto node = timers_.extract(Key{due->second, timer});
    due_.erase(due);
}

Milliseconds SimulatedClock::next_due() const {
    if (timers_.empty()) return Milliseconds::max();
    return std::max(world_.now, timers_.begin()->first.first + world_.boot_zero);
}

bool SimulatedClock::run_one() {
    if (timers_.empty() || timers_.begin()->first.first + world_.boot_zero > world_.now) return false;
    auto node = timers_.extract(timers_.begin());
    due_.erase(node.key().second);
    node.mapped()();
    return true;
}

void SimulatedClock::clear() {
    due_.clear();
    while (!timers_.empty()) auto node = timers_.extract(timers_.begin());
}

ledger::StoreResult SimulatedDisk::append(std::span<const ledger::StoredEvent> events, std::span<const ledger::Record> records) {
    if (!broken || writes_all_the_same) keep(events, records);
    if (broken) return std::unexpected(*broken);
    return {};
}

void SimulatedDisk::keep(std::span<const ledger::StoredEvent> events, std::span<const ledger::Record> records) {
    events_.insert(events_.end(), events.begin(), events.end());
    for (const auto& record : records) last_records_[record.kind] = record;
}

ledger::StoreResult SimulatedDisk::replay(model::Sequence after, const std::function<bool(const ledger::StoredEvent&)>& visit) {
    auto first = std::ranges::upper_bound(events_, after, {}, [](const auto& event) { return event.header.sequence; });
    while (first != events_.end() && visit(*first)) ++first;
    return {};
}

ledger::StoreResult SimulatedDisk::fetch(std::span<const model::Sequence> sequences,
                                         const std::function<bool(const ledger::StoredEvent&)>& visit) {
    for (const auto sequence : sequences) {
        const auto found = std::ranges::lower_bound(events_, sequence, {}, [](const auto& event) { return event.header.sequence; });
        if (found == events_.end() || found->header.sequence != sequence) {
            return std::unexpected(
                ledger::StoreError{ledger::StoreError::Kind::corrupt, "event " + std::to_string(sequence) + " is missing"});
        }
        if (!visit(*found)) break;
    }
    return {};
}

std::expected<std::optional<ledger::StoredEvent>, ledger::StoreError> SimulatedDisk::last_event() {
    if (events_.empty()) return std::nullopt;
    return events_.back();
}

std::expected<std::optional<ledger::Record>, ledger::StoreError> SimulatedDisk::last_record(ledger::RecordKind kind) {
    const auto found = last_records_.find(kind);
    if (found == last_records_.end()) return std::nullopt;
    return found->second;
}

ledger::StoreResult SimulatedDisk::save_snapshot(const ledger::Snapshot& snapshot) {
    if (broken) return std::unexpected(*broken);
    snapshot_ = snapshot;
    return {};
}

void SimulatedWriter::submit(ledger::Batch batch, Done done) {
    under_way_ = std::move(batch);
    submitted_ = world_.now;
    auto delay = world_.dice.chance(20) ? world_.dice.between(Milliseconds{10}, Milliseconds{400})
                                        : world_.dice.between(Milliseconds{0}, Milliseconds{3});
    if (world_.disk_stalls) delay = world_.dice.between(Milliseconds{500}, longest_stall);
    clock_.call_at(clock_.now().boot + delay, [this, done = std::move(done)]() mutable {
        auto result = write(*under_way_);
        under_way_.reset();
        done(std::move(result));
    });
}

ledger::StoreResult SimulatedWriter::write(ledger::Batch& batch) {
    auto written = ledger::write_batch(disk_, batch, head_);
    if (written) world_.last_disk_write = submitted_;
    return written;
}

void SimulatedWriter::crash(bool keep) {
    if (under_way_ && keep) [[maybe_unused]]
        const auto nobody_hears = write(*under_way_);
    under_way_.reset();
}

} // namespace simulation

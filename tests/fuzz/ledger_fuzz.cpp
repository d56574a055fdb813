#include "ledger/chain.hpp"
#include "ledger/codec.hpp"
#include "ledger/recovery.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

/// A payload that is understood says the same when it is written and read again.
void fuzz_payload(std::string_view input) {
    const auto event = ledger::decode(1, ledger::payload_version, input);
    if (!event) {
        require(event.error().starts_with("event 1: "));
        return;
    }
    const auto written = ledger::encode(*event, /*undurable=*/false);
    const auto again = ledger::decode(1, ledger::payload_version, written);
    require(again.has_value());
    require(ledger::encode(*again, /*undurable=*/false) == written);
    require(ledger::retention_of(again->payload) == ledger::retention_of(event->payload));
    require(ledger::tenant_of(again->payload) == ledger::tenant_of(event->payload));
}

void fuzz_heartbeat(std::string_view input) {
    const auto heartbeat = ledger::read_heartbeat({ledger::RecordKind::heartbeat, {}, "", std::string(input)});
    if (!heartbeat) return;
    const auto again = ledger::read_heartbeat(ledger::heartbeat_record(*heartbeat));
    require(again && again->at == heartbeat->at && again->watches == heartbeat->watches);
}

/// Takes numbers and texts off the front of the input; zeros and nothing when it is used up.
class Reader {
public:
    explicit Reader(std::string_view input) : rest_(input) {}
    template <typename Number> Number number() {
        Number value{};
        const auto length = std::min(sizeof value, rest_.size());
        std::copy_n(rest_.begin(), length, reinterpret_cast<char*>(&value));
        rest_.remove_prefix(length);
        return value;
    }
    std::string text() {
        const auto length = std::min<std::size_t>(number<std::uint16_t>(), rest_.size());
        const std::string text(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return text;
    }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// A store that holds what the input says, true or not.
class FedStore final : public ledger::Store {
public:
    std::vector<ledger::StoredEvent> events;
    std::optional<ledger::Snapshot> snapshot;
    std::optional<ledger::Record> heartbeat;

    ledger::StoreResult open() override { return {}; }
    void close() override {}
    ledger::StoreResult append(std::span<const ledger::StoredEvent>, std::span<const ledger::Record>) override { return {}; }
    ledger::StoreResult replay(model::Sequence after, const std::function<bool(const ledger::StoredEvent&)>& visit) override {
        for (const auto& event : events) {
            if (event.header.sequence > after && !visit(event)) break;
        }
        return {};
    }
    ledger::StoreResult fetch(std::span<const model::Sequence> sequences,
                              const std::function<bool(const ledger::StoredEvent&)>& visit) override {
        for (const auto sequence : sequences) {
            const auto found = std::ranges::find(events, sequence, [](const auto& event) { return event.header.sequence; });
            if (found == events.end()) return std::unexpected(ledger::StoreError{ledger::StoreError::Kind::corrupt, "missing"});
            if (!visit(*found)) break;
        }
        return {};
    }
    std::expected<std::optional<ledger::StoredEvent>, ledger::StoreError> last_event() override {
        return events.empty() ? std::nullopt : std::optional(events.back());
    }
    std::expected<std::optional<ledger::Record>, ledger::StoreError> last_record(ledger::RecordKind) override { return heartbeat; }
    ledger::StoreResult save_snapshot(const ledger::Snapshot&) override { return {}; }
    std::expected<std::optional<ledger::Snapshot>, ledger::StoreError> latest_snapshot() override { return snapshot; }
    std::expected<std::vector<ledger::ContactRow>, ledger::StoreError> contacts() override { return {}; }
    ledger::StoreResult save_contacts(std::span<const ledger::ContactRow>) override { return {}; }
    ledger::StoreResult prune(model::WallTime, model::WallTime) override { return {}; }
    std::uint64_t size_bytes() override { return 0; }
};

/// Headers of any kind, linked or not: recovery and verification end with a result or a named error.
void fuzz_headers(std::string_view input) {
    Reader reader(input);
    FedStore store;
    const bool linked = reader.number<std::uint8_t>() % 4 != 0;
    if (reader.number<std::uint8_t>() % 2 == 0) {
        store.snapshot.emplace(ledger::Snapshot{.upto = reader.number<std::uint8_t>(), .fold_version = 1, .live = {}});
        store.snapshot->live.push_back(reader.number<std::uint8_t>());
    }
    store.heartbeat.emplace(ledger::Record{ledger::RecordKind::heartbeat, {}, "", reader.text()});
    while (!reader.empty()) {
        ledger::StoredEvent event;
        event.header.sequence = linked ? store.events.size() + 1 : reader.number<model::Sequence>();
        event.header.epoch = reader.number<std::uint64_t>();
        event.header.time = model::WallTime{model::Milliseconds{reader.number<std::int64_t>()}};
        event.header.retention = static_cast<model::RetentionClass>(reader.number<std::uint8_t>());
        event.header.version = reader.number<std::uint8_t>() % 3;
        event.header.tenant = reader.text();
        event.header.previous[0] = reader.number<std::uint8_t>();
        event.payload = reader.text();
        event.erased = reader.number<std::uint8_t>() % 4 == 0;
        store.events.push_back(std::move(event));
    }
    if (linked) ledger::link(store.events, {});
    const auto recovered = ledger::recover(store, 1, [](const model::Event&) {});
    require(recovered || !recovered.error().what.empty());
    const auto verified = ledger::verify(store);
    require(verified || !verified.error().what.empty());
    if (linked) require(verified && verified->events == store.events.size());
}

} // namespace

/// The first byte says what the rest is: a payload, a heartbeat record, or headers and payloads in rows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'p': fuzz_payload(rest); break;
    case 'h': fuzz_heartbeat(rest); break;
    default: fuzz_headers(rest); break;
    }
    return 0;
}

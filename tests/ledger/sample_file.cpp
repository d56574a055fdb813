#include "tests/ledger/sample_file.hpp"

#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "ledger/recovery.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/ledger/payload_samples.hpp"

namespace samples {

std::vector<ledger::StoredEvent> stored_events() {
    fakes::CountingRandom random;
    std::vector<ledger::StoredEvent> stored;
    for (const auto& event : one_of_each()) {
        ledger::StoredEvent made;
        made.header.sequence = event.sequence;
        made.header.time = event.time.wall;
        made.header.retention = ledger::retention_of(event.payload);
        made.header.version = ledger::payload_version;
        made.header.tenant = ledger::tenant_of(event.payload);
        random.fill(made.salt);
        made.payload = ledger::encode(event, /*undurable=*/event.sequence % 10 == 0);
        stored.push_back(std::move(made));
    }
    return stored;
}

ledger::StoreResult fill(ledger::Store& store) {
    const auto time = one_of_each().back().time;
    ledger::Batch batch;
    batch.events = stored_events();
    batch.records = {ledger::heartbeat_record({.at = time, .watches = 3, .current = 2, .overdue = {"a/liveness"}}),
                     {ledger::RecordKind::sample, time.wall, "a/fault", R"({"version":1,"status":503,"detail":"状態 503"})"},
                     {ledger::RecordKind::statistics, time.wall, "a/liveness", R"({"passed":5,"failed":0,"silent":0,"sketch":[[40,5]]})"}};
    batch.snapshot = ledger::Snapshot{.upto = 10, .fold_version = 1, .live = {8, 9}};
    std::optional<model::Digest> head;
    if (auto written = ledger::write_batch(store, batch, head); !written) return written;
    const std::vector<ledger::ContactRow> contacts{{"c1", "tenant:acme", 0, "it@acme.example"},
                                                   {"c2", "manager", 1, "https://manager.example/hook"}};
    return store.save_contacts(contacts);
}

} // namespace samples

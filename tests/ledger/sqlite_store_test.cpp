#include "ledger/sqlite_store.hpp"

#include "io/instant.hpp"
#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "ledger/queries.hpp"
#include "ledger/recovery.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/ledger/payload_samples.hpp"

#include <gtest/gtest.h>

#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

namespace ledger {
namespace {

class SqliteStoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/hinomi-ledger-XXXXXX";
        folder_ = mkdtemp(name);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return folder_ + "/ledger.db"; }

    std::vector<StoredEvent> stored(const std::vector<model::Event>& events) {
        std::vector<StoredEvent> result;
        for (const auto& event : events) {
            StoredEvent made;
            made.header.sequence = event.sequence;
            made.header.time = event.time.wall;
            made.header.retention = retention_of(event.payload);
            made.header.tenant = tenant_of(event.payload);
            random_.fill(made.salt);
            made.payload = encode(event, /*undurable=*/false);
            result.push_back(std::move(made));
        }
        return result;
    }

    StoreResult write(Store& store, const std::vector<model::Event>& events) {
        Batch batch;
        batch.events = stored(events);
        return write_batch(store, batch, head_);
    }

    void sql(const std::string& statement) {
        sqlite3* connection = nullptr;
        ASSERT_EQ(SQLITE_OK, sqlite3_open(path().c_str(), &connection));
        ASSERT_EQ(SQLITE_OK, sqlite3_exec(connection, statement.c_str(), nullptr, nullptr, nullptr)) << sqlite3_errmsg(connection);
        sqlite3_close(connection);
    }

    std::string folder_;
    fakes::CountingRandom random_;
    std::optional<model::Digest> head_;
};

TEST_F(SqliteStoreTest, what_was_appended_is_there_after_reopening) {
    {
        SqliteStore store(path());
        ASSERT_TRUE(store.open()) << store.open().error().what;
        ASSERT_TRUE(write(store, samples::one_of_each()));
    }
    SqliteStore again(path());
    ASSERT_TRUE(again.open());
    std::size_t index = 0;
    const auto events = samples::one_of_each();
    const auto recovered = recover(again, 1, [&](const model::Event& event) {
        EXPECT_EQ(encode(events[index], false), encode(event, false));
        ++index;
    });
    ASSERT_TRUE(recovered) << recovered.error().what;
    EXPECT_EQ(events.size(), recovered->replayed);
    EXPECT_EQ(events.size(), recovered->last);
    EXPECT_FALSE(recovered->stopped_cleanly);
    const auto verified = verify(again);
    ASSERT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(events.size(), verified->events);
}

TEST_F(SqliteStoreTest, the_file_is_for_its_owner_alone) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    struct stat facts{};
    ASSERT_EQ(0, stat(path().c_str(), &facts));
    EXPECT_EQ(0u, facts.st_mode & 077U);
}

TEST_F(SqliteStoreTest, a_second_process_is_told_that_the_first_has_it) {
    SqliteStore first(path());
    ASSERT_TRUE(first.open());
    SqliteStore second(path());
    const auto opened = second.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(StoreError::Kind::locked, opened.error().kind);
    EXPECT_NE(std::string::npos, opened.error().what.find("stop that one first"));
}

TEST_F(SqliteStoreTest, a_file_of_a_newer_hinomi_is_refused) {
    {
        SqliteStore store(path());
        ASSERT_TRUE(store.open());
    }
    sql("PRAGMA user_version=2");
    SqliteStore store(path());
    const auto opened = store.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(StoreError::Kind::newer_version, opened.error().kind);
}

TEST_F(SqliteStoreTest, every_tampering_is_found_and_named) {
    const struct {
        const char* statement;
        const char* told;
    } rows[] = {
        {"UPDATE events SET payload = replace(payload, '1.2.3', '6.6.6') WHERE sequence = 1", "event 1 has a changed payload"},
        {"UPDATE events SET time = time + 1 WHERE sequence = 5", "event 6 does not follow"},
        {"UPDATE events SET tenant = 'other' WHERE sequence = 7", "event 8 does not follow"},
        {"DELETE FROM events WHERE sequence = 9", "event 10 does not follow"},
        {"DELETE FROM events WHERE sequence = 1", "event 2 is the first but follows another"},
        {"UPDATE events SET sequence = 1000 WHERE sequence = 12", "event 13 does not follow"},
    };
    for (const auto& row : rows) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        head_.reset();
        {
            SqliteStore store(path());
            ASSERT_TRUE(store.open());
            ASSERT_TRUE(write(store, samples::one_of_each()));
        }
        sql(row.statement);
        SqliteStore store(path());
        std::string told;
        if (const auto opened = store.open(); !opened) told = opened.error().what;
        else if (const auto verified = verify(store); !verified) told = verified.error().what;
        EXPECT_NE(std::string::npos, told.find(row.told)) << row.statement << " -> " << told;
    }
}

TEST_F(SqliteStoreTest, pruning_erases_payloads_and_the_chain_still_verifies) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    ASSERT_TRUE(write(store, samples::one_of_each()));
    ASSERT_TRUE(store.prune(model::WallTime::max(), model::WallTime{model::Milliseconds{0}}));
    const auto verified = verify(store);
    ASSERT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(3u, verified->erased) << "suspected, cleared and runs_missed are of the usage class";
    const auto recovered = recover(store, 1, [](const model::Event&) {});
    ASSERT_TRUE(recovered) << recovered.error().what;
    EXPECT_EQ(verified->events - 3, recovered->replayed);
}

TEST_F(SqliteStoreTest, pruning_goes_by_pieces_and_takes_the_oldest_first) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    std::vector<Record> records;
    for (int number = 6'000; number > 0; --number)
        records.push_back({RecordKind::statistics, model::WallTime{model::Milliseconds{number}}, "a/liveness", "{}"});
    records.push_back(heartbeat_record({.at = {model::WallTime{model::Milliseconds{3}}, model::Milliseconds{3}, 1}, .overdue = {}}));
    ASSERT_TRUE(store.append({}, records));
    const auto oldest = [&] {
        std::optional<std::int64_t> first;
        Queries queries(path());
        EXPECT_TRUE(queries.open());
        EXPECT_TRUE(
            queries.records_between(RecordKind::statistics, "", {.from = {}, .to = model::WallTime::max()}, [&](const Record& record) {
                first = record.time.time_since_epoch().count();
                return false;
            }));
        return first;
    };
    const model::WallTime before{model::Milliseconds{5'900}};
    ASSERT_TRUE(store.prune(before, before));
    EXPECT_EQ(5'001, oldest());
    EXPECT_FALSE(*store.last_record(RecordKind::heartbeat)) << "of every kind";
    ASSERT_TRUE(store.prune(before, before));
    ASSERT_TRUE(store.prune(before, before));
    EXPECT_EQ(5'900, oldest()) << "what is not over stays";
}

TEST_F(SqliteStoreTest, a_snapshot_that_fails_leaves_it_open_what_was_written) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    const auto all = samples::one_of_each();
    ASSERT_TRUE(write(store, {all.begin(), all.begin() + 5}));
    sql("DROP TABLE snapshots");
    Batch batch;
    batch.events = stored({all.begin() + 5, all.begin() + 7});
    batch.snapshot = Snapshot{.upto = 7, .fold_version = 1, .live = {}};
    ASSERT_FALSE(write_batch(store, batch, head_));
    batch.events = stored({all.begin() + 5, all.begin() + 9});  // the ledger hands them over again, with what came meanwhile
    batch.snapshot.reset();
    const auto written = write_batch(store, batch, head_);
    ASSERT_TRUE(written) << written.error().what;
    const auto verified = verify(store);
    ASSERT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(9u, verified->events);
}

TEST_F(SqliteStoreTest, events_are_fetched_by_their_sequences_and_one_that_is_missing_is_named) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    ASSERT_TRUE(write(store, samples::one_of_each()));
    const auto last = samples::one_of_each().size();
    const auto fetched = [&](std::vector<model::Sequence> sequences) {
        std::string seen;
        const auto result = store.fetch(sequences, [&](const StoredEvent& event) {
            seen += std::to_string(event.header.sequence) + " ";
            return event.header.sequence != 20;
        });
        return result ? seen : result.error().what.substr(result.error().what.find(": ") + 2);
    };
    EXPECT_EQ("1 2 3 7 9 10 ", fetched({1, 2, 3, 7, 9, 10}));
    EXPECT_EQ("19 20 ", fetched({19, 20, 21})) << "until the visitor has seen enough";
    EXPECT_EQ("", fetched({}));
    EXPECT_EQ("event " + std::to_string(last + 1) + " is missing", fetched({last - 1, last, last + 1, last + 2}));
    EXPECT_EQ("event 99 is missing", fetched({3, 99}));
    EXPECT_EQ("1 ", fetched({1})) << "after an error the next one works";
}

TEST_F(SqliteStoreTest, a_snapshot_replays_what_is_alive_and_what_came_after) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    ASSERT_TRUE(write(store, samples::one_of_each()));
    ASSERT_TRUE(store.save_snapshot({.upto = 20, .fold_version = 1, .live = {3, 16}}));
    std::vector<model::Sequence> seen;
    ASSERT_TRUE(recover(store, 1, [&](const model::Event& event) { seen.push_back(event.sequence); }));
    std::vector<model::Sequence> expected{3, 16};
    for (auto sequence = model::Sequence{21}; sequence <= samples::one_of_each().size(); ++sequence) expected.push_back(sequence);
    EXPECT_EQ(expected, seen);
    seen.clear();
    ASSERT_TRUE(recover(store, 2, [&](const model::Event& event) { seen.push_back(event.sequence); }));
    EXPECT_EQ(samples::one_of_each().size(), seen.size()) << "a snapshot of another fold version is ignored";
}

TEST_F(SqliteStoreTest, contacts_and_records_are_kept) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    const std::vector<ContactRow> contacts{{"c1", "tenant:acme", 0, "it@acme.example"}, {"c2", "manager", 1, "https://x.example"}};
    ASSERT_TRUE(store.save_contacts(contacts));
    const auto read = store.contacts();
    ASSERT_TRUE(read);
    ASSERT_EQ(2u, read->size());
    EXPECT_EQ("https://x.example", (*read)[1].address);
    const Heartbeat heartbeat{.at = {model::WallTime{model::Milliseconds{5}}, model::Milliseconds{6}, 0xffffffffffffffffULL},
                              .watches = 3,
                              .current = 2,
                              .overdue = {"a/liveness"}};
    const std::vector<Record> records{heartbeat_record(heartbeat)};
    ASSERT_TRUE(store.append({}, records));
    const auto last = store.last_record(RecordKind::heartbeat);
    ASSERT_TRUE(last && *last);
    const auto back = read_heartbeat(**last);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(heartbeat.at, back->at);
    EXPECT_EQ(heartbeat.overdue, back->overdue);
}

TEST_F(SqliteStoreTest, an_event_is_never_written_twice_after_an_uncertain_outcome) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    const auto all = samples::one_of_each();
    ASSERT_TRUE(write(store, {all.begin(), all.begin() + 5}));
    Batch again;  // as the ledger retries a batch whose commit was reported as failed, but had happened
    again.events = stored({all.begin(), all.begin() + 7});
    again.reopen_first = true;
    head_.reset();
    ASSERT_TRUE(write_batch(store, again, head_));
    const auto verified = verify(store);
    ASSERT_TRUE(verified) << verified.error().what;
    EXPECT_EQ(7u, verified->events);
}

// A tenth under a sanitizer, where it takes as long.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int batches_replayed = 20;
#else
constexpr int batches_replayed = 200;
#endif

TEST_F(SqliteStoreTest, a_hundred_thousand_events_replay) {
    SqliteStore store(path());
    ASSERT_TRUE(store.open());
    const auto sample = samples::one_of_each();
    model::Sequence sequence = 0;
    for (int batch = 0; batch < batches_replayed; ++batch) {
        std::vector<model::Event> events;
        for (int index = 0; index < 500; ++index) {
            events.push_back(sample[static_cast<std::size_t>(index) % sample.size()]);
            events.back().sequence = ++sequence;
        }
        ASSERT_TRUE(write(store, events));
    }
    const auto began = io::read_instant().boot;
    const auto recovered = recover(store, 1, [](const model::Event&) {});
    const auto took = io::read_instant().boot - began;
    ASSERT_TRUE(recovered) << recovered.error().what;
    EXPECT_EQ(sequence, recovered->replayed);
    std::printf("replay of %llu events: %lld ms\n", static_cast<unsigned long long>(sequence), static_cast<long long>(took.count()));
}

} // namespace
} // namespace ledger

#include "ledger/ledger.hpp"

#include "io/spawn.hpp"
#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/ledger/payload_samples.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace ledger {
namespace {

using namespace std::chrono_literals;

/// Holds each batch until the test answers it.
class HeldWriter final : public Writer {
public:
    void submit(Batch batch, Done done) override {
        ASSERT_FALSE(done_) << "one batch at a time";
        batches.push_back(std::move(batch));
        done_ = std::move(done);
    }
    void answer(StoreResult result) { std::exchange(done_, nullptr)(std::move(result)); }
    [[nodiscard]] bool busy() const { return static_cast<bool>(done_); }

    std::vector<Batch> batches;

private:
    Done done_;
};

class LedgerTest : public ::testing::Test {
protected:
    void append(std::size_t count) {
        std::vector<model::Event> events;
        for (std::size_t index = 0; index < count; ++index) events.push_back({++sequence_, clock_.now(), model::DutySettled{.duty = "d"}});
        ledger_.append(events);
    }
    void wait_for(model::Sequence sequence, bool& done) {
        io::spawn(context_.get_executor(), ledger_.committed(sequence), [&done](std::exception_ptr) { done = true; });
        run();
    }
    void run() {
        context_.restart();
        context_.poll();
    }
    void advance(model::Milliseconds duration) {
        clock_.advance(duration);
        run();
    }

    boost::asio::io_context context_;
    fakes::ManualClock clock_;
    fakes::CountingRandom random_;
    HeldWriter writer_;
    std::vector<DurabilityChange> changes_;
    model::Sequence sequence_ = 0;
    Ledger ledger_{context_.get_executor(), clock_, random_, writer_, {}, [this](DurabilityChange change) { changes_.push_back(change); }};
};

TEST_F(LedgerTest, a_group_is_committed_after_two_milliseconds_or_512_events) {
    append(1);
    EXPECT_TRUE(writer_.batches.empty());
    advance(2ms);
    ASSERT_EQ(1u, writer_.batches.size());
    writer_.answer({});
    append(512);
    ASSERT_EQ(2u, writer_.batches.size()) << "at once";
    EXPECT_EQ(512u, writer_.batches[1].events.size());
}

TEST_F(LedgerTest, effects_wait_for_the_commit_and_no_longer) {
    append(1);
    bool committed = false;
    wait_for(1, committed);
    advance(2ms);
    EXPECT_FALSE(committed);
    writer_.answer({});
    run();
    EXPECT_TRUE(committed);
    EXPECT_EQ(1u, ledger_.durable_upto());
    bool again = false;
    wait_for(1, again);
    EXPECT_TRUE(again) << "what is durable needs no waiting";
}

TEST_F(LedgerTest, what_comes_while_a_batch_is_under_way_makes_the_next_one) {
    append(1);
    advance(2ms);
    append(3);
    advance(10ms);
    EXPECT_EQ(1u, writer_.batches.size());
    writer_.answer({});
    advance(2ms);
    ASSERT_EQ(2u, writer_.batches.size());
    EXPECT_EQ(3u, writer_.batches[1].events.size());
}

TEST_F(LedgerTest, it_says_for_how_long_the_writer_has_owed_an_answer) {
    append(1);
    advance(10s);
    EXPECT_EQ(9'998ms, ledger_.owed());
    writer_.answer(std::unexpected(StoreError{StoreError::Kind::full, "no space left"}));
    EXPECT_EQ(0ms, ledger_.owed()) << "a bad answer is one too";
    append(1);
    EXPECT_EQ(0ms, ledger_.owed());
}

TEST_F(LedgerTest, a_snapshot_that_comes_while_one_is_written_is_written_too) {
    append(1);
    ledger_.append(Snapshot{.upto = 1, .fold_version = 1, .live = {}});
    advance(2ms);
    append(1);
    ledger_.append(Snapshot{.upto = 2, .fold_version = 1, .live = {}});
    writer_.answer({});
    advance(2ms);
    ASSERT_EQ(2u, writer_.batches.size());
    ASSERT_TRUE(writer_.batches[1].snapshot);
    EXPECT_EQ(2u, writer_.batches[1].snapshot->upto);
}

TEST_F(LedgerTest, what_is_over_is_erased_after_what_waits_and_not_tried_again_by_itself) {
    append(1);
    ledger_.erase({.usage_before = clock_.now().wall, .exception_before = {}});
    advance(2ms);
    ASSERT_EQ(1u, writer_.batches.size());
    ASSERT_TRUE(writer_.batches[0].erasure);
    EXPECT_EQ(clock_.now().wall - 2ms, writer_.batches[0].erasure->usage_before);
    writer_.answer(std::unexpected(StoreError{StoreError::Kind::full, "no space"}));
    advance(1s);
    ASSERT_EQ(2u, writer_.batches.size());
    EXPECT_FALSE(writer_.batches[1].erasure) << "who wants it asks again";
    writer_.answer({});
    ledger_.erase({});
    advance(2ms);
    EXPECT_EQ(3u, writer_.batches.size()) << "also when there is nothing else to write";
}

TEST_F(LedgerTest, one_append_is_never_parted_over_two_transactions) {
    append(500);
    append(100);
    ASSERT_EQ(1u, writer_.batches.size());
    EXPECT_EQ(600u, writer_.batches[0].events.size()) << "a verdict without its duties would lose an alert";
}

TEST_F(LedgerTest, when_writing_fails_nobody_waits_and_everything_is_appended_with_its_time_when_it_heals) {
    append(1);
    const auto original = clock_.now().wall;
    bool committed = false;
    wait_for(1, committed);
    advance(2ms);
    writer_.answer(std::unexpected(StoreError{StoreError::Kind::full, "no space"}));
    run();
    EXPECT_TRUE(committed) << "sending goes on";
    EXPECT_FALSE(ledger_.durable());
    ASSERT_EQ(1u, changes_.size());
    EXPECT_EQ("no space", changes_[0].cause);
    append(2);
    bool at_once = false;
    wait_for(3, at_once);
    EXPECT_TRUE(at_once);
    advance(1s);
    ASSERT_EQ(2u, writer_.batches.size()) << "tried again after a second";
    EXPECT_FALSE(writer_.batches[1].reopen_first) << "a full disk needs no reopening";
    writer_.answer({});
    run();
    EXPECT_TRUE(ledger_.durable());
    ASSERT_EQ(2u, changes_.size());
    EXPECT_TRUE(changes_[1].durable);
    ASSERT_EQ(3u, writer_.batches[1].events.size());
    EXPECT_EQ(original, writer_.batches[1].events[0].header.time);
    EXPECT_NE(std::string::npos, writer_.batches[1].events[0].payload.find("\"undurable\":true"));
}

TEST_F(LedgerTest, after_an_error_of_the_disk_the_store_is_reopened_first) {
    append(1);
    advance(2ms);
    writer_.answer(std::unexpected(StoreError{StoreError::Kind::io, "fsync"}));
    advance(1s);
    ASSERT_EQ(2u, writer_.batches.size());
    EXPECT_TRUE(writer_.batches[1].reopen_first);
    writer_.answer({});
    append(1);
    advance(2ms);
    ASSERT_EQ(3u, writer_.batches.size());
    EXPECT_FALSE(writer_.batches[2].reopen_first);
}

TEST_F(LedgerTest, records_never_crowd_out_events) {
    for (int index = 0; index < 30'000; ++index) ledger_.append(Record{});
    append(1);
    advance(2ms);
    writer_.answer(std::unexpected(StoreError{StoreError::Kind::full, "no space"}));
    advance(1s);
    writer_.answer({});
    run();
    EXPECT_EQ(1u, ledger_.durable_upto());
    ASSERT_EQ(2u, changes_.size());
    EXPECT_EQ(10'000u, changes_[1].lost) << "told, not hidden";
}

TEST_F(LedgerTest, records_go_with_the_next_events_or_after_a_second) {
    ledger_.append(Record{});
    advance(999ms);
    EXPECT_TRUE(writer_.batches.empty()) << "a commit of its own would cost an fsync";
    advance(1ms);
    ASSERT_EQ(1u, writer_.batches.size());
    EXPECT_EQ(1u, writer_.batches[0].records.size());
    writer_.answer({});
    ledger_.append(Record{});
    advance(100ms);
    append(1);
    advance(2ms);
    ASSERT_EQ(2u, writer_.batches.size()) << "events do not wait for records";
    EXPECT_EQ(1u, writer_.batches[1].records.size());
    writer_.answer({});
    for (int index = 0; index < 512; ++index) ledger_.append(Record{});
    advance(2ms);
    EXPECT_EQ(3u, writer_.batches.size()) << "so many need not wait";
}

TEST_F(LedgerTest, draining_does_not_let_records_wait) {
    ledger_.append(Record{});
    bool drained = false;
    io::spawn(context_.get_executor(), ledger_.drained(), [&drained](std::exception_ptr) { drained = true; });
    run();
    advance(2ms);
    ASSERT_EQ(1u, writer_.batches.size());
    writer_.answer({});
    advance(2ms);
    EXPECT_TRUE(drained);
}

TEST_F(LedgerTest, draining_waits_for_everything) {
    append(1);
    ledger_.append(Snapshot{.upto = 1, .fold_version = 1, .live = {1}});
    bool drained = false;
    io::spawn(context_.get_executor(), ledger_.drained(), [&drained](std::exception_ptr) { drained = true; });
    run();
    advance(2ms);
    EXPECT_FALSE(drained);
    ASSERT_TRUE(writer_.batches.back().snapshot);
    writer_.answer({});
    run();
    advance(10ms);
    EXPECT_TRUE(drained);
}

} // namespace
} // namespace ledger

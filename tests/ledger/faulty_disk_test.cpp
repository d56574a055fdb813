#include "io/spawn.hpp"
#include "ledger/batch.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/ledger/faulty_vfs.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

namespace ledger {
namespace {

using namespace std::chrono_literals;
using faults::Call;
using faults::Tear;

/// Writes on the test's own thread, when the state thread gets to it.
class InlineWriter final : public Writer {
public:
    InlineWriter(boost::asio::io_context& context, Store& store) : context_(context), store_(store) {}
    void submit(Batch batch, Done done) override {
        reopened.push_back(batch.reopen_first);
        auto result = write_batch(store_, batch, head_);
        if (!result) errors.push_back(result.error());
        boost::asio::post(context_, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
    }

    std::vector<bool> reopened;
    std::vector<StoreError> errors;

private:
    boost::asio::io_context& context_;
    Store& store_;
    std::optional<model::Digest> head_;
};

/// What the outside saw: who was told what, and so what must never be lost.
struct Promises {
    model::Sequence appended = 0;
    model::Sequence durable = 0;                ///< effects of everything up to here went out
    std::vector<model::Sequence> group_ends{0}; ///< a transaction holds whole groups
    std::vector<std::string> failed_opens;
};

/// One life of the process on a disk: opens, works, closes; a ledger without a disk to write to waits and tries again.
class Life {
public:
    Life(faults::FaultyVfs& vfs, const std::string& path, Promises& promises)
        : vfs_(vfs), store_(path, vfs.name()), promises_(promises), writer_(context_, store_),
          ledger_(context_.get_executor(), clock_, random_, writer_, {}, [this](DurabilityChange change) { changes.push_back(change); }) {}

    /// False when the process could not start.
    bool start() {
        const auto opened = store_.open();
        if (!opened) {
            promises_.failed_opens.push_back(opened.error().what);
            return false;
        }
        const auto recovered = recover(store_, 1, [](const model::Event&) {});
        if (!recovered) {
            promises_.failed_opens.push_back(recovered.error().what);
            return false;
        }
        promises_.appended = recovered->last;
        return true;
    }

    void append(std::size_t count) {
        std::vector<model::Event> events;
        for (std::size_t index = 0; index < count; ++index) {
            model::Noted noted{.incident = "I", .fields = {{"cause", std::string(400, 'x')}}};
            events.push_back({++promises_.appended, clock_.now(), std::move(noted)});
        }
        promises_.group_ends.push_back(promises_.appended);
        ledger_.append(events);
        ledger_.append(heartbeat_record({.at = clock_.now(), .overdue = {}}));
        pass(5ms);
    }
    void snapshot() {
        ledger_.append(Snapshot{.upto = promises_.appended, .fold_version = 1, .live = {1}});
        pass(5ms);
    }
    /// Records alone are over.
    void erase() {
        ledger_.erase({.usage_before = clock_.now().wall, .exception_before = {}});
        pass(5ms);
    }
    /// As long as it takes, once the disk works again.
    void wait_until_durable() {
        for (int attempt = 0; attempt < 30 && ledger_.durable_upto() < promises_.appended; ++attempt) pass(1s);
    }
    void pass(model::Milliseconds duration) {
        clock_.advance(duration);
        context_.restart();
        context_.poll();
        // when the power is gone nobody is told anything any more
        if (vfs_.disk().powered()) promises_.durable = std::max(promises_.durable, ledger_.durable_upto());
    }
    bool effects_go_on() {
        bool done = false;
        io::spawn(context_.get_executor(), ledger_.committed(promises_.appended), [&done](std::exception_ptr) { done = true; });
        context_.restart();
        context_.poll();
        return done;
    }

    std::vector<DurabilityChange> changes;
    [[nodiscard]] const InlineWriter& writer() const { return writer_; }
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

private:
    faults::FaultyVfs& vfs_;
    boost::asio::io_context context_;
    fakes::ManualClock clock_;
    fakes::CountingRandom random_;
    SqliteStore store_;
    Promises& promises_;
    InlineWriter writer_;
    Ledger ledger_;
};

class FaultyDiskTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/hinomi-faults-XXXXXX";
        folder_ = mkdtemp(name);  // for the lock beside the file; the file itself is on the faulty disk
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::string path() const { return folder_ + "/ledger.db"; }

    /// Two lives with work in each, so that the store is also opened, recovered and checkpointed. Ends early when the power goes.
    void work(faults::FaultyVfs& vfs, Promises& promises, const std::function<void(Life&)>& look = {}) {
        for (int number = 0; number < 2; ++number) {
            Life life(vfs, path(), promises);
            if (!life.start()) {
                if (vfs.disk().powered()) --number;  // its supervisor starts it again
                if (!vfs.disk().powered() || promises.failed_opens.size() > 30) return;
                continue;
            }
            for (const std::size_t count : {1U, 3U}) life.append(count);
            life.snapshot();
            life.erase();
            life.append(2);
            if (look) look(life);
            life.wait_until_durable();
            if (!vfs.disk().powered()) return;
            EXPECT_EQ(promises.appended, life.ledger().durable_upto());
        }
    }

    /// What a later process finds: everything that was promised, in whole groups, and a chain that verifies.
    void expect_kept(faults::FaultyVfs& vfs, const Promises& promises, const std::string& place) {
        SqliteStore store(path(), vfs.name());
        const auto opened = store.open();
        ASSERT_TRUE(opened) << place << opened.error().what;
        const auto verified = verify(store);
        ASSERT_TRUE(verified) << place << verified.error().what;
        const auto recovered = recover(store, 1, [](const model::Event&) {});
        ASSERT_TRUE(recovered) << place << recovered.error().what;
        EXPECT_GE(recovered->last, promises.durable) << place << "a committed event is lost";
        EXPECT_EQ(verified->events, recovered->last) << place;
        EXPECT_NE(promises.group_ends.end(), std::ranges::find(promises.group_ends, recovered->last)) << place << "a group was parted";
        const std::vector<Record> records{heartbeat_record({})};
        EXPECT_TRUE(store.append({}, records)) << place << "it cannot be written afterwards";
    }

    /// The calls of a run without faults.
    std::vector<faults::FaultyDisk::Performed> calls() {
        faults::FaultyVfs vfs("counting");
        Promises promises;
        work(vfs, promises);
        return vfs.disk().performed();
    }

    std::string folder_;
};

/// A share of the calls each, so that they run side by side.
class FaultyDiskShare : public FaultyDiskTest, public ::testing::WithParamInterface<unsigned> {
protected:
    static constexpr unsigned shares = 6;
    [[nodiscard]] bool is_ours(std::uint64_t number) const { return number % shares == GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Share, FaultyDiskShare, ::testing::Range(0U, 6U));

std::string place_of(std::uint64_t number, const faults::FaultyDisk::Performed& performed) {
    return "call " + std::to_string(number) + " (" + faults::word_of(performed.call) + "): ";
}

TEST_F(FaultyDiskTest, every_kind_of_call_is_among_those_that_fail) {
    std::map<Call, int> counted;
    for (const auto& performed : calls()) ++counted[performed.call];
    for (const auto call :
         {Call::open, Call::read, Call::write, Call::truncate, Call::sync, Call::size, Call::lock, Call::shm, Call::access, Call::remove}) {
        EXPECT_GT(counted[call], 0) << faults::word_of(call);
        std::printf("%s %d\n", faults::word_of(call), counted[call]);
    }
}

TEST_P(FaultyDiskShare, a_call_that_fails_once_or_for_a_while_loses_nothing_and_heals) {
    const auto all = calls();
    std::set<Call> made_undurable;
    for (std::uint64_t number = 1; number <= all.size(); ++number) {
        if (!is_ours(number)) continue;
        for (const bool full : {false, true}) {
            const auto call = all[number - 1].call;
            if (full && call != Call::write) continue;
            faults::FaultyVfs vfs("failing");
            vfs.disk().fail(number, /*count=*/number / shares % 3 == 0 ? 25 : 1, full);
            Promises promises;
            const auto place = place_of(number, all[number - 1]);
            work(vfs, promises, [&](Life& life) {
                if (life.writer().errors.empty()) {
                    EXPECT_TRUE(life.changes.empty()) << place;
                    return;
                }
                made_undurable.insert(call);
                ASSERT_FALSE(life.changes.empty()) << place;
                EXPECT_FALSE(life.changes[0].durable) << place;
                EXPECT_NE(std::string::npos, life.changes[0].cause.find("ledger.db: ")) << place << life.changes[0].cause;
                EXPECT_NE(std::string::npos, life.changes[0].cause.find("; ")) << place << "no remedy: " << life.changes[0].cause;
                EXPECT_TRUE(life.effects_go_on()) << place;
                const auto kind = life.writer().errors[0].kind;
                EXPECT_EQ(full, kind == StoreError::Kind::full) << place << life.writer().errors[0].what;
                life.wait_until_durable();
                EXPECT_TRUE(life.ledger().durable()) << place << life.writer().errors.back().what;
                ASSERT_EQ(2U, life.changes.size()) << place;
                EXPECT_EQ(0U, life.changes[1].lost) << place;
                const bool broken = std::ranges::any_of(life.writer().errors, [](const auto& e) { return e.kind == StoreError::Kind::io; });
                EXPECT_EQ(broken, std::ranges::find(life.writer().reopened, true) != life.writer().reopened.end())
                    << place << "after an error of the disk the store is reopened, after a full one it need not be";
            });
            for (const auto& error : promises.failed_opens) {
                EXPECT_NE(std::string::npos, error.find("ledger.db: ")) << place << error;
                EXPECT_NE(std::string::npos, error.find("; ")) << place << error;
            }
            EXPECT_EQ(12U, promises.appended) << place;
            EXPECT_EQ(promises.appended, promises.durable) << place;
            vfs.disk().restart(Tear::nothing_written, number);
            expect_kept(vfs, promises, place);
        }
    }
    EXPECT_TRUE(made_undurable.contains(Call::write));
}

TEST_P(FaultyDiskShare, a_power_cut_at_any_call_loses_nothing_that_was_committed) {
    const auto all = calls();
    for (std::uint64_t number = 1; number <= all.size(); ++number) {
        if (!is_ours(number)) continue;
        const Tear torn[] = {Tear::everything_written, Tear::cut_in_the_last, Tear::some_sectors};
        for (const auto tear : {Tear::nothing_written, torn[number / shares % 3]}) {
            faults::FaultyVfs vfs("cut");
            vfs.disk().cut_power_at(number);
            Promises promises;
            work(vfs, promises);
            vfs.disk().restart(tear, number);
            expect_kept(vfs, promises, place_of(number, all[number - 1]) + "tear " + std::to_string(static_cast<int>(tear)) + ": ");
        }
    }
}

TEST_P(FaultyDiskShare, a_power_cut_after_a_healed_failure_of_sync_loses_nothing_that_was_committed) {
    const auto all = calls();
    for (std::uint64_t number = 1; number <= all.size(); ++number) {
        if (!is_ours(number) || all[number - 1].call != Call::sync) continue;
        for (std::uint64_t later = number + 1; later < number + 120; later += 7) {
            faults::FaultyVfs vfs("unsynced");
            // long enough, sometimes, for the checkpoint of the closing store to fail too
            vfs.disk().fail(number, /*count=*/1 + later % 16, /*full=*/false);
            vfs.disk().cut_power_at(later);
            Promises promises;
            work(vfs, promises);
            vfs.disk().restart(Tear::nothing_written, number);
            expect_kept(vfs, promises, place_of(number, all[number - 1]) + "cut at " + std::to_string(later) + ": ");
        }
    }
}

} // namespace
} // namespace ledger

#include "ledger/queries.hpp"

#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "ledger/sqlite_store.hpp"
#include "tests/ledger/sample_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace ledger {
namespace {

using namespace std::chrono_literals;

const model::WallTime noon{1'795'000'000'000ms};

class QueriesTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/hinomi-queries-XXXXXX";
        folder_ = mkdtemp(name);
        ASSERT_TRUE(writer_.emplace(path()).open());
    }
    void TearDown() override {
        writer_.reset();
        std::filesystem::remove_all(folder_);
    }
    [[nodiscard]] std::string path() const { return folder_ + "/ledger.db"; }

    /// One event a minute, by the store that stays open: the daemon's.
    void append(const std::vector<model::Payload>& payloads) {
        Batch batch;
        for (const auto& payload : payloads) {
            const model::Event event{++sequence_, {.wall = noon + sequence_ * 1min}, payload};
            StoredEvent stored;
            stored.header.sequence = event.sequence;
            stored.header.time = event.time.wall;
            stored.header.retention = retention_of(payload);
            stored.payload = encode(event, /*undurable=*/false);
            batch.events.push_back(std::move(stored));
        }
        std::optional<model::Digest> head;
        ASSERT_TRUE(write_batch(*writer_, batch, head));
    }
    static std::function<bool(const model::Event&)> into(std::vector<model::Sequence>& seen) {
        return [&seen](const model::Event& event) {
            seen.push_back(event.sequence);
            return true;
        };
    }

    std::string folder_;
    std::optional<SqliteStore> writer_;
    model::Sequence sequence_ = 0;
};

TEST_F(QueriesTest, events_of_a_period_are_read_while_the_daemon_writes) {
    append({model::UnknownEnded{.watch = "a", .at = {}}, model::Acknowledged{.incident = "I"}, model::WentLive{}});
    Queries queries(path());
    ASSERT_TRUE(queries.open());
    append({model::Acknowledged{.incident = "J"}});
    std::vector<model::Sequence> seen;
    ASSERT_TRUE(queries.events_between({noon + 2min, noon + 4min}, into(seen)));
    EXPECT_EQ((std::vector<model::Sequence>{2, 3}), seen) << "from the first instant on, before the last";
    seen.clear();
    ASSERT_TRUE(queries.events_between({noon, noon + 24h}, into(seen)));
    EXPECT_EQ((std::vector<model::Sequence>{1, 2, 3, 4}), seen) << "also what was committed since it was opened";
    append({model::Acknowledged{.incident = "K"}});
}

TEST_F(QueriesTest, the_history_of_an_incident_holds_its_duties_notices_and_deliveries_and_nobody_elses) {
    const auto incident = [](const char* id) {
        model::Incident made;
        made.id = id;
        return made;
    };
    const auto duty = [](const char* subject) {
        model::Duty made;
        made.subject = subject;
        made.id = std::string(subject) + "/first_alert/1/tenant:acme";
        return made;
    };
    const auto notice = [](const char* id, const char* subject) {
        model::Notice made;
        made.id = id;
        made.duties = {std::string(subject) + "/first_alert/1/tenant:acme"};
        return made;
    };
    const auto delivery = [](const char* envelope) {
        model::Delivery made;
        made.envelope = envelope;
        return made;
    };
    append({model::Opened{.incident = incident("INC-20261123-01")},                       // 1
            model::Opened{.incident = incident("INC-20261123-02")},
            model::DutiesArmed{.duties = {duty("INC-20261123-02"), duty("INC-20261123-01")}},  // 3
            model::DutiesArmed{.duties = {duty("INC-20261123-02")}},
            model::NoticeComposed{.notice = notice("N-1", "INC-20261123-01")},            // 5
            model::NoticeComposed{.notice = notice("N-2", "INC-20261123-02")}, model::DeliveryRecorded{.delivery = delivery("N-1/0")},  // 7
            model::DeliveryRecorded{.delivery = delivery("N-2/0")},
            model::DutySettled{.duty = "INC-20261123-01/first_alert/1/tenant:acme"},  // 9
            model::Commanded{.actor = "sato", .origin = "", .verb = "incident ack", .subjects = {"INC-20261123-01"}, .reason = ""},  // 10
            model::Acknowledged{.incident = "INC-20261123-01"},  // 11
            model::Bounced{.envelope = "N-1/0", .diagnostic = "550", .at = {}},  // 12
            model::Eased{.incident = "INC-20261123-02", .watch = "a"}});
    Queries queries(path());
    ASSERT_TRUE(queries.open());
    std::vector<model::Sequence> seen;
    ASSERT_TRUE(queries.history_of("INC-20261123-01", into(seen)));
    EXPECT_EQ((std::vector<model::Sequence>{1, 3, 5, 7, 9, 10, 11, 12}), seen);
    seen.clear();
    ASSERT_TRUE(queries.history_of("INC-20300101-01", into(seen)));
    EXPECT_TRUE(seen.empty());
}

TEST_F(QueriesTest, the_oldest_of_each_class_is_what_is_still_there) {
    Queries queries(path());
    ASSERT_TRUE(queries.open());
    const auto none = queries.oldest();
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->usage || none->exception);
    append({model::Verified{.watch = "a", .at = {}}, model::Acknowledged{.incident = "I"}, model::Cleared{},
            model::Acknowledged{.incident = "J"}});
    EXPECT_EQ(noon + 2min, queries.oldest()->exception) << "what is permanent is of neither class";
    EXPECT_EQ(noon + 3min, queries.oldest()->usage);
    const std::vector<Record> records{{RecordKind::statistics, noon + 2s, "a/liveness", "1"}, {RecordKind::heartbeat, noon + 1s, "", "2"}};
    ASSERT_TRUE(writer_->append({}, records));
    EXPECT_EQ(noon + 1s, queries.oldest()->usage) << "records are of the usage class";
    ASSERT_TRUE(writer_->prune(noon + 3min, noon + 4min));
    EXPECT_EQ(noon + 3min, queries.oldest()->usage);
    EXPECT_EQ(noon + 4min, queries.oldest()->exception);
}

TEST_F(QueriesTest, records_are_found_by_kind_subject_and_period) {
    const std::vector<Record> records{{RecordKind::statistics, noon, "a/liveness", "1"},
                                      {RecordKind::statistics, noon + 5min, "a/liveness", "2"},
                                      {RecordKind::statistics, noon + 5min, "b/liveness", "3"},
                                      {RecordKind::sample, noon + 5min, "a/liveness", "4"}};
    ASSERT_TRUE(writer_->append({}, records));
    Queries queries(path());
    ASSERT_TRUE(queries.open());
    const auto found = [&](const std::string& subject, const Period& period) {
        std::string payloads;
        EXPECT_TRUE(queries.records_between(RecordKind::statistics, subject, period, [&](const Record& record) {
            payloads += record.payload;
            return true;
        }));
        return payloads;
    };
    EXPECT_EQ("123", found("", {noon, noon + 6min}));
    EXPECT_EQ("12", found("a/liveness", {noon, noon + 6min}));
    EXPECT_EQ("1", found("", {noon, noon + 5min}));
}

TEST_F(QueriesTest, what_is_no_ledger_is_refused_and_not_made) {
    Queries nothing(folder_ + "/nothing.db");
    const auto opened = nothing.open();
    ASSERT_FALSE(opened);
    EXPECT_NE(std::string::npos, opened.error().what.find("see that the file and its folder exist")) << opened.error().what;
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/nothing.db"));
    std::ofstream(folder_ + "/empty.db").close();
    Queries empty(folder_ + "/empty.db");
    const auto refused = empty.open();
    ASSERT_FALSE(refused);
    EXPECT_NE(std::string::npos, refused.error().what.find("is no ledger")) << refused.error().what;
}

TEST_F(QueriesTest, a_store_opened_for_reading_refuses_to_write_and_holds_no_lock) {
    append({model::WentLive{}});
    {
        SqliteStore reader(path(), nullptr, Access::reading);
        ASSERT_TRUE(reader.open());
        const std::vector<Record> records{{RecordKind::sample, noon, "a", "{}"}};
        const auto appended = reader.append({}, records);
        ASSERT_FALSE(appended);
        EXPECT_EQ(StoreError::Kind::read_only, appended.error().kind);
        append({model::WentLive{}});
        EXPECT_EQ(2U, (*reader.last_event())->header.sequence);
    }
    writer_.reset();
    SqliteStore next(path());
    EXPECT_TRUE(next.open());
}

}  // namespace
}  // namespace ledger

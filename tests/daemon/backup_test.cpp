#include "daemon/backup.hpp"

#include "daemon/restore.hpp"
#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/ledger/sample_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>

namespace hinomi {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class BackupTest : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ / "conf.d");
        std::ofstream(folder_ / "hinomi.yaml") << "watch: https://www.example.jp\n";
        std::ofstream(folder_ / "conf.d" / "more.yaml") << "mail: it@example.jp\n";
        settings_ = {.ledger = folder_ / "ledger.db",
                     .configuration = {{folder_ / "hinomi.yaml", "configuration/hinomi.yaml"},
                                       {folder_ / "conf.d" / "more.yaml", "configuration/conf.d/more.yaml"}},
                     .folder = folder_ / "backups",
                     .version = "1.2.3"};
        request_ = {.ledger = settings_.ledger, .folder = settings_.folder, .generation = "", .actor = "sato", .reason = "the disk died"};
        ASSERT_TRUE(store_.emplace(settings_.ledger.string()).open());
        ASSERT_TRUE(samples::fill(*store_));
    }
    void TearDown() override { store_.reset(); }

    /// The daemon goes on: one more event.
    void append(const model::Payload& payload) {
        const auto last = store_->last_event();
        ASSERT_TRUE(last && *last);
        const model::Event event{(*last)->header.sequence + 1, clock_.now(), payload};
        ledger::Batch batch;
        batch.events.resize(1);
        batch.events[0].header.sequence = event.sequence;
        batch.events[0].header.time = event.time.wall;
        batch.events[0].payload = ledger::encode(event, /*undurable=*/false);
        std::optional<model::Digest> head;
        ASSERT_TRUE(ledger::write_batch(*store_, batch, head));
    }
    void arm_duty() {
        model::Duty duty;
        duty.id = "INC-20261123-07/first_alert/1/tenant:acme";
        duty.subject = "INC-20261123-07";
        duty.recipient = {model::RecipientKind::tenant, "acme"};
        duty.deadline.base = duty.deadline.anchor = clock_.now();
        duty.deadline.limit = 20min;
        append(model::DutiesArmed{.duties = {duty}});
    }
    std::string make() {
        const auto made = make_backup(settings_, clock_.now().wall);
        EXPECT_TRUE(made) << made.error();
        clock_.advance(24h);
        return made ? made->id : "";
    }
    std::vector<Generation> list() { return list_backups(settings_.folder).value_or(std::vector<Generation>{}); }
    OrSentence<Restoration> restore() {
        store_.reset();
        return restore_backup(request_, clock_, random_);
    }
    void damage(const std::string& id) {
        std::fstream file(settings_.folder / id / "ledger.db", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(5'000);
        file << "damaged";
    }
    std::vector<model::Event> events() {
        ledger::SqliteStore store(settings_.ledger.string(), nullptr, ledger::Access::reading);
        EXPECT_TRUE(store.open());
        EXPECT_TRUE(ledger::verify(store));
        std::vector<model::Event> read;
        EXPECT_TRUE(ledger::recover(store, /*fold_version=*/99, [&](const model::Event& event) { read.push_back(event); }));
        return read;
    }

    fakes::TemporaryFolder temporary_;
    fs::path folder_ = temporary_.path();
    BackupSettings settings_;
    RestoreRequest request_;
    fakes::ManualClock clock_;
    fakes::CountingRandom random_;
    std::optional<ledger::SqliteStore> store_;
};

TEST_F(BackupTest, a_ledger_in_use_is_copied_whole_with_its_configuration) {
    append(model::Acknowledged{.incident = "I"});  // only in the log so far
    const auto last = (*store_->last_event())->header.sequence;
    const auto id = make();
    append(model::Acknowledged{.incident = "J"});
    const auto all = list();
    ASSERT_EQ(1U, all.size());
    EXPECT_EQ(id, all[0].id);
    EXPECT_EQ("", all[0].damage);
    EXPECT_EQ(last, all[0].last);
    EXPECT_EQ("1.2.3", all[0].version);
    ASSERT_EQ(2U, all[0].files.size());
    EXPECT_TRUE(fs::exists(settings_.folder / id / "configuration" / "hinomi.yaml"));
    EXPECT_TRUE(fs::exists(settings_.folder / id / "configuration" / "conf.d" / "more.yaml"));
    EXPECT_EQ(fs::perms::owner_all, fs::status(settings_.folder / id).permissions());
    const auto entries = std::distance(fs::directory_iterator(settings_.folder / id), fs::directory_iterator{});
    EXPECT_EQ(3, entries) << "ledger, configuration, manifest, and nothing of the scratch";
}

TEST_F(BackupTest, five_good_generations_are_kept_and_damaged_ones_neither_counted_nor_removed) {
    const auto first = make();
    const auto second = make();
    damage(second);
    for (int count = 0; count < 4; ++count) make();
    EXPECT_EQ(6U, list().size()) << "five good ones and the damaged one";
    const auto newest = make();
    const auto all = list();
    EXPECT_EQ(6U, all.size());
    EXPECT_EQ(newest, all.front().id);
    EXPECT_EQ(second, all.back().id);
    EXPECT_EQ("ledger.db is not what was backed up", all.back().damage);
    EXPECT_FALSE(fs::exists(settings_.folder / first));
}

TEST_F(BackupTest, the_one_that_was_just_made_always_stays) {
    settings_.generations = 0;
    make();
    const auto newest = make();
    ASSERT_EQ(1U, list().size());
    EXPECT_EQ(newest, list()[0].id);
}

TEST_F(BackupTest, what_does_not_verify_never_becomes_a_generation) {
    store_.reset();
    {
        std::fstream file(settings_.ledger, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(0);
        file << "no database at all";
    }
    const auto made = make_backup(settings_, clock_.now().wall);
    ASSERT_FALSE(made);
    EXPECT_NE(std::string::npos, made.error().find("ledger.db")) << made.error();
    EXPECT_TRUE(list().empty());
    settings_.ledger = folder_ / "nothing.db";
    EXPECT_FALSE(make_backup(settings_, clock_.now().wall));
    EXPECT_FALSE(fs::exists(settings_.ledger)) << "a backup makes no ledger";
}

TEST_F(BackupTest, what_was_left_unfinished_is_removed_by_the_next) {
    fs::create_directories(settings_.folder / ".making-20200101T000000Z");
    make();
    EXPECT_FALSE(fs::exists(settings_.folder / ".making-20200101T000000Z"));
}

TEST_F(BackupTest, a_restored_ledger_says_so_and_the_former_file_stays) {
    const auto before = ledger::verify(*store_);
    const auto id = make();
    request_.forget_newer = true;
    append(model::Acknowledged{.incident = "newer"});
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_TRUE(restored->done);
    EXPECT_EQ(id, restored->generation.id);
    EXPECT_EQ(24h, restored->age);
    const auto found = events();
    ASSERT_EQ(before->events + 1, found.size());
    const auto* commanded = std::get_if<model::Commanded>(&found.back().payload);
    ASSERT_NE(nullptr, commanded);
    EXPECT_EQ("restore", commanded->verb);
    EXPECT_EQ("sato", commanded->actor);
    EXPECT_EQ(std::vector<std::string>{id}, commanded->subjects);
    ledger::SqliteStore former(restored->replaced.string());
    ASSERT_TRUE(former.open());
    EXPECT_EQ(before->events + 1, ledger::verify(former)->events);
}

TEST_F(BackupTest, armed_duties_wait_for_a_person_and_nothing_is_restored_until_then) {
    arm_duty();
    make();
    auto restored = restore();
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_FALSE(restored->done);
    ASSERT_EQ(1U, restored->armed.size());
    EXPECT_EQ("INC-20261123-07/first_alert/1/tenant:acme", restored->armed[0].id);
    EXPECT_EQ(24h, restored->age) << "the person sees how old it is";
    EXPECT_TRUE(std::holds_alternative<model::DutiesArmed>(events().back().payload));
    request_.armed = ArmedDuties::resume;
    restored = restore();
    ASSERT_TRUE(restored && restored->done);
    EXPECT_TRUE(std::holds_alternative<model::Commanded>(events().back().payload));
    clock_.advance(1min);
    request_.armed = ArmedDuties::give_up;
    request_.forget_newer = true;
    restored = restore();
    ASSERT_TRUE(restored && restored->done) << restored.error();
    const auto found = events();
    const auto* voided = std::get_if<model::DutyVoided>(&found.back().payload);
    ASSERT_NE(nullptr, voided);
    EXPECT_EQ("INC-20261123-07/first_alert/1/tenant:acme", voided->duty);
}

TEST_F(BackupTest, the_newest_good_generation_is_restored_and_a_damaged_one_refused) {
    const auto good = make();
    const auto bad = make();
    damage(bad);
    request_.generation = bad;
    auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_NE(std::string::npos, restored.error().find("is not what was backed up; take another one")) << restored.error();
    request_.generation = "20200101T000000Z";
    restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_NE(std::string::npos, restored.error().find("the newest is " + bad)) << restored.error();
    request_.generation = "";
    restored = restore();
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_EQ(good, restored->generation.id);
}

TEST_F(BackupTest, a_whole_ledger_that_knows_more_is_not_replaced_by_accident) {
    make();
    append(model::Acknowledged{.incident = "newer"});
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_NE(std::string::npos, restored.error().find("holds 1 events more")) << restored.error();
    EXPECT_TRUE(std::holds_alternative<model::Acknowledged>(events().back().payload));
}

TEST_F(BackupTest, a_damaged_ledger_is_replaced_with_its_log_put_aside) {
    make();
    append(model::Acknowledged{.incident = "newer"});
    store_.reset();
    {
        std::fstream file(settings_.ledger, std::ios::in | std::ios::out | std::ios::binary);
        file << "no database at all";
    }
    std::ofstream(settings_.ledger.string() + "-wal") << "left behind";
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_TRUE(fs::exists(restored->replaced));
    EXPECT_TRUE(std::holds_alternative<model::Commanded>(events().back().payload));
}

TEST_F(BackupTest, the_newest_one_is_known_without_reading_it_all) {
    EXPECT_FALSE(newest_backup(settings_.folder));
    for (int count = 0; count < 4; ++count) {  // in whatever order the folder lists them
        const auto made = clock_.now().wall;
        make();
        EXPECT_EQ(newest_backup(settings_.folder), made);
    }
    const auto made = clock_.now().wall;
    damage(make());
    fs::create_directories(settings_.folder / "no backup");
    fs::create_directories(settings_.folder / ".making-20991231T000000Z");
    EXPECT_EQ(newest_backup(settings_.folder), made);
}

TEST_F(BackupTest, a_machine_without_the_data_directory_is_told_to_make_it) {
    make();
    request_.ledger = folder_ / "data" / "ledger.db";
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_NE(std::string::npos, restored.error().find("the data directory " + (folder_ / "data").string() + " is not there"))
        << restored.error();
    EXPECT_NE(std::string::npos, restored.error().find("install -d -m 0700")) << restored.error();
    EXPECT_FALSE(fs::exists(folder_ / "data"));
    fs::create_directories(folder_ / "data");
    EXPECT_TRUE(restore());
}

TEST_F(BackupTest, nothing_is_restored_under_a_running_daemon) {
    make();
    const auto restored = restore_backup(request_, clock_, random_);
    ASSERT_FALSE(restored);
    EXPECT_NE(std::string::npos, restored.error().find("stop that one first")) << restored.error();
}

} // namespace
} // namespace hinomi

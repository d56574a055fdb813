#include "daemon/history.hpp"

#include "ledger/codec.hpp"
#include "ledger/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace hinomi {
namespace {

model::WallTime at(std::int64_t second) { return model::WallTime{std::chrono::seconds{1'790'000'000 + second}}; }

/// A ledger with an event every ten seconds; each says its number.
class History : public testing::Test {
public:
    ~History() override {
        store_.close();
        std::filesystem::remove_all(folder_);
    }

protected:
    History() : folder_(make_folder()), store_(folder_ / "ledger.db") { EXPECT_TRUE(store_.open()); }

    void fill(std::uint64_t count) {
        std::vector<ledger::StoredEvent> events;
        for (std::uint64_t number = 1; number <= count; ++number) {
            model::Event event;
            event.sequence = number;
            event.time.wall = at(static_cast<std::int64_t>(number) * 10);
            event.payload = model::Stopped{.reason = std::to_string(number)};
            ledger::StoredEvent stored;
            stored.header.sequence = number;
            stored.header.time = event.time.wall;
            stored.payload = ledger::encode(event, /*undurable=*/false);
            events.push_back(std::move(stored));
        }
        ASSERT_TRUE(store_.append(events, {}));
    }

    std::vector<std::string> read(model::WallTime since, model::Sequence* first = nullptr) {
        std::vector<std::string> reasons;
        const auto result = read_history(
            store_, since, wanted_, [&](const model::Event& event) { reasons.push_back(std::get<model::Stopped>(event.payload).reason); });
        EXPECT_TRUE(result);
        if (result && first != nullptr) *first = *result;
        return reasons;
    }

    static std::filesystem::path make_folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "hinomi-history-XXXXXX").string();
        return mkdtemp(pattern.data());
    }

    std::function<bool(std::string_view)> wanted_ = [](std::string_view kind) { return kind == "stopped"; };
    std::filesystem::path folder_;
    ledger::SqliteStore store_;
};

TEST_F(History, ReadsWhatIsNotOlder) {
    fill(100);
    model::Sequence first = 0;
    EXPECT_EQ(read(at(975), &first), (std::vector<std::string>{"98", "99", "100"}));
    EXPECT_EQ(first, 98U);
    EXPECT_EQ(read(at(980)), (std::vector<std::string>{"98", "99", "100"}));
    EXPECT_EQ(read(at(981)), (std::vector<std::string>{"99", "100"}));
}

TEST_F(History, ReadsAllOfAYoungLedgerAndNothingOfAnOldOne) {
    fill(37);
    model::Sequence first = 0;
    EXPECT_EQ(read(at(-100'000), &first).size(), 37U);
    EXPECT_EQ(first, 1U);
    EXPECT_TRUE(read(at(100'000), &first).empty());
    EXPECT_EQ(first, 38U);
}

TEST_F(History, LeavesOutWhatNobodyWants) {
    fill(10);
    wanted_ = [](std::string_view kind) { return kind == "started"; };
    EXPECT_TRUE(read(at(0)).empty());
}

TEST_F(History, IsEmptyBeforeTheFirstStart) {
    model::Sequence first = 0;
    EXPECT_TRUE(read(at(0), &first).empty());
    EXPECT_EQ(first, 1U);
}

} // namespace
} // namespace hinomi

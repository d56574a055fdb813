#include "tests/reports/history.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t horizon = 400;  // minutes
constexpr std::size_t watch_count = 3; // the last one watches performance

class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed * 2654435761U + 12345) {}
    std::int64_t below(std::int64_t limit) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(limit));
    }
    bool one_in(std::int64_t sides) { return below(sides) == 0; }

private:
    std::uint64_t state_;
};

/// What is the case in one minute, written down minute by minute: no interval is ever calculated with.
struct Minute {
    std::array<bool, watch_count> failing{};
    std::array<bool, watch_count> blind{};
    bool by_hand = false;
    bool monitor_down = false;
    bool passed = false;  ///< a critical watch has passed by then
    std::map<std::string, bool> maintenance;
};

/// A random history, minute by minute, with the events that hinomi would have written.
class World {
public:
    explicit World(std::uint64_t seed) : dice_(seed), minutes_(horizon) {
        history.tenants("portal", {"acme", "beta"});
        for (std::size_t index = 0; index < watch_count; ++index)
            history.watch(id(index), "portal", index + 1 == watch_count ? model::WatchClass::performance : model::WatchClass::liveness);
        declare_windows();
        history.started(0);
        for (now_ = 0; now_ < horizon; ++now_) turn();
        // only a new start tells of a crash
        if (down_until_ >= horizon) history.started(horizon, last_beat_);
    }

    History history;

    /// Straight from the definition, counting minutes.
    [[nodiscard]] reports::Availability count(const std::string& tenant, std::int64_t from, std::int64_t to) const {
        constexpr model::Milliseconds minute{60'000};
        reports::Availability figures;
        for (auto index = from; index < to; ++index) {
            const auto& each = minutes_[static_cast<std::size_t>(index)];
            if (const auto window = each.maintenance.find(tenant); window != each.maintenance.end()) {
                figures.maintenance += minute;
                continue;
            }
            figures.planned += minute;
            const bool down = each.by_hand || each.failing[0] || each.failing[1];
            const bool unknown = each.monitor_down || !each.passed || each.blind[0] || each.blind[1];
            if (down) figures.down += minute;
            else if (unknown) figures.unknown += minute;
        }
        return figures;
    }

private:
    static std::string id(std::size_t index) { return "part" + std::to_string(index) + "/liveness"; }

    void declare_windows() {
        for (int number = 0; number < 3; ++number) {
            const auto name = "MNT-" + std::to_string(number);
            const auto from = 20 + dice_.below(300);
            const auto to = from + 1 + dice_.below(60);
            const bool in_time = !dice_.one_in(3);
            const bool regular = dice_.one_in(4);
            history.maintenance(0, name, "portal", from, to, in_time, regular);
            for (const auto* tenant : {"acme", "beta"}) {
                const bool told = dice_.one_in(2);
                if (told) history.announced(10, name, tenant);
                if (!in_time || !(regular || told)) continue;
                for (auto minute = from; minute < to && minute < horizon; ++minute)
                    minutes_[static_cast<std::size_t>(minute)].maintenance[tenant] = true;
            }
        }
    }

    void turn() {
        if (down_until_ > now_) {
            stay();
            here().monitor_down = true;
            return;
        }
        if (down_until_ == now_ && now_ > 0) {
            history.started(now_, last_beat_);
            // longer than an interval: the first probes may come an interval later
            if (now_ - last_beat_ > 1) quiet_until_ = now_ + 1;
            down_until_ = -1;
        }
        for (std::size_t index = 0; index < watch_count; ++index) change(index);
        change_by_hand();
        stay();
        if (now_ < quiet_until_) here().monitor_down = true;
        if (dice_.one_in(60) && now_ + 1 < horizon) {
            // it dies at the end of this minute
            last_beat_ = now_ + 1;
            down_until_ = now_ + 2 + dice_.below(20);
            if (dice_.one_in(2)) history.stopped(now_ + 1);
        }
    }

    void change(std::size_t index) {
        const auto watch = id(index);
        if (!passed_.contains(index)) {
            if (!dice_.one_in(4)) return;
            history.passed_first(now_, watch);
            passed_.insert(index);
            return;
        }
        if (failing_[index]) {
            if (!dice_.one_in(10)) return;
            history.recovered(now_, watch, now_);
            failing_[index] = false;
        } else if (dice_.one_in(40)) {
            history.confirmed(now_, watch, now_);
            failing_[index] = true;
        } else if (blind_[index]) {
            if (!dice_.one_in(8)) return;
            history.unknown_ended(now_, watch);
            blind_[index] = false;
        } else if (dice_.one_in(40)) {
            history.unknown_began(now_, watch, now_);
            blind_[index] = true;
        }
    }

    void change_by_hand() {
        const auto incident = "INC-" + std::to_string(incidents_);
        if (by_hand_ && dice_.one_in(10)) {
            history.restored(now_, incident, now_);
            by_hand_ = false;
            ++incidents_;
        } else if (!by_hand_ && dice_.one_in(60)) {
            history.opened(now_, incident, "portal", model::by_hand, now_);
            by_hand_ = true;
        }
    }

    /// What was the case goes on, also while nobody looks.
    void stay() {
        here().failing = failing_;
        here().blind = blind_;
        here().by_hand = by_hand_;
        here().passed = passed_.contains(0) || passed_.contains(1);
    }

    Minute& here() { return minutes_[static_cast<std::size_t>(now_)]; }

    Dice dice_;
    std::vector<Minute> minutes_;
    std::int64_t now_ = 0;
    std::int64_t down_until_ = -1;
    std::int64_t last_beat_ = -1;
    std::int64_t quiet_until_ = -1;
    std::set<std::size_t> passed_;
    std::array<bool, watch_count> failing_{};
    std::array<bool, watch_count> blind_{};
    bool by_hand_ = false;
    int incidents_ = 0;
};

std::string shown(const reports::Availability& figures) {
    return std::to_string(figures.planned.count()) + " planned, " + std::to_string(figures.down.count()) + " down, " +
           std::to_string(figures.unknown.count()) + " unknown, " + std::to_string(figures.maintenance.count()) + " maintenance";
}

TEST(AvailabilityProperty, AgreesWithCountingMinutes) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        const World world(seed);
        const auto fold = world.history.fold();
        for (const auto* tenant : {"acme", "beta"}) {
            for (const auto& [from, to] : {std::pair<std::int64_t, std::int64_t>{0, horizon}, {37, 211}, {300, 301}}) {
                const auto figures = fold.measure("portal", tenant, {minutes(from, to)});
                const auto counted = world.count(tenant, from, to);
                ASSERT_EQ(figures, counted) << "seed " << seed << ", " << tenant << ", minutes " << from << " to " << to << ": "
                                            << shown(figures) << "; counted: " << shown(counted);
            }
        }
    }
}

TEST(AvailabilityProperty, BoundsEncloseTheMeasuredAndPartsMakeTheWhole) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const World world(seed);
        const auto fold = world.history.fold();
        const auto whole = fold.measure("portal", "acme", {minutes(0, horizon)});
        const auto first = fold.measure("portal", "acme", {minutes(0, 123)});
        const auto second = fold.measure("portal", "acme", {minutes(123, horizon)});
        ASSERT_EQ(whole.planned, first.planned + second.planned) << "seed " << seed;
        ASSERT_EQ(whole.down, first.down + second.down) << "seed " << seed;
        ASSERT_EQ(whole.unknown, first.unknown + second.unknown) << "seed " << seed;
        ASSERT_EQ(whole.planned + whole.maintenance, model::Milliseconds{horizon * 60'000}) << "seed " << seed;
        const auto measured = reports::measured(whole);
        if (!measured) continue;
        ASSERT_LE(*reports::worst(whole), *measured + 1e-12) << "seed " << seed;
        ASSERT_LE(*measured, *reports::best(whole) + 1e-12) << "seed " << seed;
        ASSERT_LE(reports::worst(fold.measure("portal", {minutes(0, horizon)})), reports::worst(whole)) << "seed " << seed;
    }
}

} // namespace

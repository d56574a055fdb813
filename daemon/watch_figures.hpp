#pragma once

#include "daemon/schedule.hpp"
#include "model/observation.hpp"
#include "model/verdict.hpp"
#include "model/watch.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi {

/// What a scrape tells of each watch, kept beside the schedule so that a scrape reads a few megabytes in order instead
/// of a hundred thousand watches. Counters begin with the process. State thread only.
class WatchFigures {
public:
    static constexpr std::size_t phase_count = 5;
    static constexpr std::size_t reason_count = 32;
    /// Upper ends of the buckets of a probe's duration, in microseconds; the last bucket has none.
    static constexpr std::array<std::uint32_t, 11> duration_ends{5'000,   10'000,    25'000,    50'000,    100'000,   250'000,
                                                                 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

    struct Basic {
        std::uint64_t duration_us = 0;  ///< of all probes together
        std::int64_t last_run_ms = 0;   ///< wall clock, start
        std::uint32_t probes = 0;
        std::uint32_t failures = 0;
        std::uint32_t missed = 0;
        std::uint32_t interval_ms = 0;
        std::uint32_t interval_limit_ms = 0;
        model::Condition condition = model::Condition::pending;
        bool passed = false;            ///< the last one
        std::uint16_t kind = 0;         ///< index into `kinds`
    };
    /// Only for `per_watch: full`.
    struct Full {
        std::array<std::uint32_t, duration_ends.size() + 1> durations{};
        std::array<std::uint32_t, phase_count> phases_us{};
        std::array<std::uint32_t, reason_count> failures{};
        std::int64_t certificate_not_after = 0;  ///< Unix seconds; 0: none was seen
    };

    struct Declared {
        const model::Watch* watch = nullptr;  ///< needed during the call only; null: the index is vacant
        model::Condition condition = model::Condition::pending;
    };
    /// All watches in the order of their indices, at the start and after every reload; those that stay keep their figures.
    /// `full`: with details of each.
    void declare(const std::vector<Declared>& watches, bool full);

    void started(const Start& start);
    void observed(const model::Observation& observation, const model::Verdict& verdict);

    /// The figures of the watches of one configuration. A scrape holds those with which it began: a reload in the middle
    /// makes others, and these stay what they are.
    class Generation {
    public:
        [[nodiscard]] std::size_t size() const { return basic_.size(); }
        [[nodiscard]] bool vacant(std::size_t watch) const { return label_ends_[watch] == label_ends_[watch + 1]; }
        [[nodiscard]] bool full() const { return !full_.empty(); }
        [[nodiscard]] const Basic& basic(std::size_t watch) const { return basic_[watch]; }
        [[nodiscard]] const Full& details(std::size_t watch) const { return full_[watch]; }
        [[nodiscard]] const std::string& kind(std::uint16_t index) const { return kinds_[index]; }

        /// `target="web",class="fault"`, and `,name="..."` where an asset has several watches of a class.
        [[nodiscard]] std::string_view labels(std::size_t watch) const {
            return std::string_view(labels_).substr(label_ends_[watch], label_ends_[watch + 1] - label_ends_[watch]);
        }

    private:
        friend class WatchFigures;
        std::uint16_t kind_index(const std::string& kind);

        std::vector<Basic> basic_;
        std::vector<Full> full_;
        std::vector<std::string> kinds_;
        std::string labels_;
        std::vector<std::uint32_t> label_ends_{0};
    };
    [[nodiscard]] std::shared_ptr<const Generation> now() const { return now_; }

private:
    std::shared_ptr<Generation> now_ = std::make_shared<Generation>();
};

} // namespace hinomi

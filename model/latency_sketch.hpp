#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace model {

/// A mergeable sketch of durations: 64 logarithmic buckets from 100 us up, each 24 % wider than the one before, so a
/// quantile is exact to +-12 %. Sparse: a quiet watch holds a handful of pairs.
struct LatencySketch {
    static constexpr std::uint8_t bucket_count = 64;

    std::vector<std::pair<std::uint8_t, std::uint32_t>> buckets;  ///< (bucket, count), sorted by bucket

    static std::uint8_t bucket_of(std::chrono::microseconds duration) {
        constexpr double lowest = 100.0;
        const double ratio = static_cast<double>(std::max<std::int64_t>(duration.count(), 1)) / lowest;
        if (ratio <= 1.0) return 0;
        const double place = std::log(ratio) / std::log(1.24);
        return static_cast<std::uint8_t>(std::min(place + 1.0, static_cast<double>(bucket_count - 1)));
    }

    void add(std::chrono::microseconds duration, std::uint32_t count = 1) { add_to(bucket_of(duration), count); }

    void merge(const LatencySketch& other) {
        for (const auto& [bucket, count] : other.buckets) add_to(bucket, count);
    }

private:
    void add_to(std::uint8_t bucket, std::uint32_t count) {
        const auto place = std::ranges::lower_bound(buckets, bucket, {}, &std::pair<std::uint8_t, std::uint32_t>::first);
        if (place != buckets.end() && place->first == bucket) place->second += count;
        else buckets.insert(place, {bucket, count});
    }
};

} // namespace model

#pragma once

#include "ledger/stored_event.hpp"
#include "model/latency_sketch.hpp"
#include "model/observation.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace hinomi {

/// Counts and a latency sketch per watch, written once per five minutes on the watch's own phase: a crash loses
/// statistics, never availability (design section 3).
class Statistics {
public:
    static constexpr model::Milliseconds period{5 * 60'000};

    explicit Statistics(std::size_t watches) : spans_(watches) {}

    /// Makes room; what is there stays.
    void resize(std::size_t watches) { spans_.resize(watches); }
    /// Another watch has this index now.
    void forget(std::size_t watch) { spans_[watch] = {}; }

    /// Counts one sample. Yields the record of the span that this sample closes.
    std::optional<ledger::Record> add(const model::Watch& watch, const model::Observation& observation);

private:
    struct Span {
        model::Milliseconds until{0};
        model::WallTime began{};
        std::uint32_t passed = 0;
        std::uint32_t failed = 0;
        std::uint32_t silent = 0;
        model::LatencySketch latency;
    };

    std::vector<Span> spans_;
};

/// A failing sample, kept whole (class usage).
ledger::Record sample_record(const model::Watch& watch, const model::Observation& observation);

} // namespace hinomi

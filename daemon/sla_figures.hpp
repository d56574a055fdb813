#pragma once

#include "model/directory.hpp"
#include "model/event.hpp"
#include "model/time.hpp"
#include "model/watch.hpp"
#include "reports/availability_fold.hpp"
#include "web/exchange.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hinomi {

/// How far back the availability series look: the whole of last month, whatever the zone, or 30 days.
inline constexpr model::Milliseconds availability_lookback{63LL * 86'400'000};

/// Availability per service and tenant for the metrics, from the journal's events. State thread only.
class SlaFigures {
public:
    /// At the start and after every reload; the directory outlives the figures.
    void declare(const std::vector<const model::Watch*>& watches, const model::Directory& directory);

    void apply(const model::Event& event) { fold_.apply(event); }
    [[nodiscard]] reports::AvailabilityFold& fold() { return fold_; }
    [[nodiscard]] const reports::AvailabilityFold& fold() const { return fold_; }
    [[nodiscard]] const model::Directory& directory() const { return *directory_; }

    /// The series as of `now`, some services a turn. The figures outlive it.
    [[nodiscard]] std::unique_ptr<web::BodySource> series(model::WallTime now);

private:
    reports::AvailabilityFold fold_;
    const model::Directory* directory_ = nullptr;
    model::WallTime forgotten_{};
};

} // namespace hinomi

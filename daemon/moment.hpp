#pragma once

#include "daemon/calendar.hpp"
#include "incidents/advance.hpp"
#include "io/clock.hpp"

namespace hinomi {

/// Makes the moment of a decision: now, the provider's date, and whether the clock is doubtful. State thread only.
class Moments {
public:
    Moments(io::Clock& clock, std::string zone) : clock_(clock), calendar_(std::move(zone)) {}

    [[nodiscard]] incidents::Moment now() {
        const auto instant = clock_.now();
        return {.now = instant, .date = calendar_.date(instant.wall), .clock_doubtful = instant.boot < doubtful_until_};
    }

    [[nodiscard]] std::string month() { return calendar_.month(clock_.now().wall); }

    void set_zone(std::string zone) { calendar_ = Calendar(std::move(zone)); }

    /// The wall clock was seen to be off by over a second: deadlines armed until `boot` are marked.
    void doubt_until(model::Milliseconds boot) { doubtful_until_ = boot; }

private:
    io::Clock& clock_;
    Calendar calendar_;
    model::Milliseconds doubtful_until_{0};
};

} // namespace hinomi

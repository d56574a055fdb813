#pragma once

#include "model/time.hpp"

#include <date/tz.h>

#include <stdexcept>
#include <string>

namespace reports {

/// A zone of the machine's tz database. An unknown one counts as UTC (null): configurations are checked for it, and a
/// report with times of a lost zone file is better than none.
class Zone {
public:
    explicit Zone(const std::string& name) {
        try {
            zone_ = date::locate_zone(name);
        } catch (const std::runtime_error&) {
            zone_ = nullptr;
        }
    }

    [[nodiscard]] date::local_time<model::Milliseconds> to_local(model::WallTime time) const {
        return zone_ == nullptr ? date::local_time<model::Milliseconds>{time.time_since_epoch()} : zone_->to_local(time);
    }

    /// A local time that is skipped is the moment of the change; of one that comes twice, the first.
    [[nodiscard]] model::WallTime to_wall(date::local_time<model::Milliseconds> time) const {
        if (zone_ == nullptr) return model::WallTime{time.time_since_epoch()};
        return zone_->to_sys(time, date::choose::earliest);
    }

private:
    const date::time_zone* zone_ = nullptr;
};

} // namespace reports

#pragma once

#include "model/time.hpp"

#include <chrono>
#include <string>

namespace hinomi {

/// Local dates of one time zone, from the system's zone data. An unknown zone counts as UTC.
class Calendar {
public:
    explicit Calendar(std::string zone) : zone_(std::move(zone)) {}

    /// `20261123`
    [[nodiscard]] const std::string& date(model::WallTime time);

    /// `2026-11`
    [[nodiscard]] std::string month(model::WallTime time);

private:
    void look_up(model::WallTime time);

    std::string zone_;
    model::WallTime valid_from_{};   // the cached date holds in [valid_from_, valid_until_)
    model::WallTime valid_until_{};
    std::string date_;
};

} // namespace hinomi

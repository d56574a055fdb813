#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace incidents {

/// The numbers given to the incidents, or to the maintenances, of each date: what has to be remembered of them so that none is given
/// twice, whatever the wall clock does. They count from 1 on a new date; on one that lies before the latest, from the highest ever given.
class NumberSeries {
public:
    explicit NumberSeries(std::string prefix) : prefix_(std::move(prefix)) {}

    /// An id of this series was given. Others are ignored.
    void count(const std::string& id);

    /// The next free id of the date: INC-20261123-01. Two digits at least.
    [[nodiscard]] std::string next(const std::string& date) const;

    /// Whether the series depends on that id: its event must be kept.
    [[nodiscard]] bool needs(const std::string& id) const { return id == latest_.id || id == highest_.id; }

    friend bool operator==(const NumberSeries&, const NumberSeries&) = default;

private:
    struct Given {
        std::string date;
        std::uint32_t number = 0;
        std::string id;
        friend bool operator==(const Given&, const Given&) = default;
    };

    std::string prefix_;
    Given latest_;   ///< the last one of the latest date
    Given highest_;  ///< the highest number of any date
};

} // namespace incidents

#pragma once

#include "model/notice.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace hinomi {

/// Notices when a mail relay takes nothing any more, from the attempts that are made anyway. No clock of its own.
class RelayWatch {
public:
    /// `patience`: how long the faults must have lasted.
    explicit RelayWatch(model::Milliseconds patience = model::Milliseconds{60'000}) : patience_(patience) {}

    /// An attempt ended. True once for each loss: on-call should hear of it.
    bool ended(const model::Delivery& delivery);

private:
    struct Faults {
        std::uint32_t count = 0;
        model::Instant first;
        bool told = false;
    };

    model::Milliseconds patience_;
    std::map<std::string, Faults> faults_;   ///< by relay; few: relays are configured
};

} // namespace hinomi

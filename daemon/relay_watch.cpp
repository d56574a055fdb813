#include "daemon/relay_watch.hpp"

namespace hinomi {

namespace {

constexpr std::uint32_t fewest = 3;

} // namespace

bool RelayWatch::ended(const model::Delivery& delivery) {
    if (!delivery.relay_fault) {
        faults_.erase(delivery.relay);
        return false;
    }
    auto& faults = faults_[delivery.relay];
    if (faults.count == 0 || faults.first.boot_id != delivery.ended.boot_id) faults.first = delivery.ended;
    ++faults.count;
    if (faults.told || faults.count < fewest || delivery.ended.boot - faults.first.boot < patience_) return false;
    faults.told = true;
    return true;
}

} // namespace hinomi

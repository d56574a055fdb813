#include "tests/simulation/truth.hpp"

namespace simulation {

void Truth::go_on(Milliseconds until, bool alive) {
    clock_was_true_ = clock_was_true_ && world_.wall_offset == Milliseconds{0} && world_.drift_ppm == 0;
    if (until == world_.now) return;
    const reports::Interval meanwhile{model::WallTime{world_.now}, model::WallTime{until}};
    bad_.resize(world_.targets.size());
    uneven_.resize(world_.targets.size());
    for (std::size_t index = 0; index < bad_.size(); ++index) {
        if (world_.targets[index].bad_since >= Milliseconds{0}) bad_[index].add(meanwhile);
        if (world_.targets[index].good_per_mille > 0) uneven_[index].add(meanwhile);
    }
    if (world_.network_down) offline_.add(meanwhile);
    if (world_.undurable || world_.disk_stalls) unrecorded_.add(meanwhile);
    if (!world_.silent_references.empty()) unchecked_.add(meanwhile);
    if (!alive) absent_.add(meanwhile);
}

} // namespace simulation

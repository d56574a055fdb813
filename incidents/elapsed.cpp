#include "incidents/elapsed.hpp"

#include <algorithm>

namespace incidents {

using model::Milliseconds;

Milliseconds since(const model::Instant& then, const model::Instant& now) {
    const Milliseconds difference = then.boot_id == now.boot_id ? now.boot - then.boot : now.wall - then.wall;
    return std::max(Milliseconds{0}, difference);
}

model::Instant later_by(model::Instant instant, Milliseconds duration) {
    instant.wall += duration;
    instant.boot += duration;
    return instant;
}

Milliseconds elapsed(const model::Deadline& deadline, const model::Instant& now) {
    if (deadline.anchor.boot_id == now.boot_id) return deadline.elapsed_at_anchor + since(deadline.anchor, now);
    return std::max(deadline.elapsed_at_anchor, Milliseconds{now.wall - deadline.base.wall});
}

Milliseconds boot_when(const model::Deadline& deadline, Milliseconds elapsed_target) {
    return deadline.anchor.boot + elapsed_target - deadline.elapsed_at_anchor;
}

model::Deadline carry_over(model::Deadline deadline, const model::Instant& last_heartbeat, const model::Instant& started) {
    if (deadline.anchor.boot_id == started.boot_id) return deadline;
    auto known = deadline.elapsed_at_anchor;
    if (last_heartbeat.boot_id == deadline.anchor.boot_id) known += since(deadline.anchor, last_heartbeat);
    // whatever the wall clock says: this boot has lasted so long already, and all of it came after that heartbeat
    known += std::max(started.boot, Milliseconds{0});
    deadline.elapsed_at_anchor = std::max(known, Milliseconds{started.wall - deadline.base.wall});
    deadline.anchor = started;
    deadline.estimated = true;
    return deadline;
}

model::Deadline step_forward(model::Deadline deadline, Milliseconds step, const model::Instant& now) {
    if (!deadline.estimated || step <= Milliseconds{0}) return deadline;
    const auto counted = elapsed(deadline, now);
    const auto by_wall = Milliseconds{now.wall - deadline.base.wall};
    deadline.elapsed_at_anchor += std::max(Milliseconds{0}, std::min(counted + step, by_wall) - counted);
    return deadline;
}

model::Deadline running_since(const model::Instant& base, Milliseconds limit, const model::Instant& now, const model::Deadline* carried) {
    model::Deadline deadline;
    deadline.base = base;
    deadline.limit = limit;
    if (base.boot_id == now.boot_id) {
        deadline.anchor = base;
        return deadline;
    }
    deadline.anchor = now;
    deadline.elapsed_at_anchor = carried != nullptr && carried->base == base ? elapsed(*carried, now) : since(base, now);
    deadline.estimated = true;
    return deadline;
}

} // namespace incidents

#include "io/timer_queue.hpp"

namespace io {

Clock::TimerId TimerQueue::add(model::Milliseconds boot, std::move_only_function<void()> action) {
    const auto id = ++last_;
    timers_.emplace(Key{boot, id}, std::move(action));
    due_.emplace(id, boot);
    return id;
}

void TimerQueue::remove(Clock::TimerId timer) {
    const auto due = due_.find(timer);
    if (due == due_.end()) return;
    // destroyed after both maps are in order: an action may own a coroutine whose destructors come back here
    const auto node = timers_.extract(Key{due->second, timer});
    due_.erase(due);
}

bool TimerQueue::run_one(model::Milliseconds now) {
    if (timers_.empty() || timers_.begin()->first.first > now) return false;
    auto node = timers_.extract(timers_.begin());
    due_.erase(node.key().second);
    node.mapped()();
    return true;
}

model::Milliseconds TimerQueue::next() const { return timers_.empty() ? model::Milliseconds::max() : timers_.begin()->first.first; }

void TimerQueue::clear() {
    due_.clear();
    while (!timers_.empty()) const auto node = timers_.extract(timers_.begin());
}

} // namespace io

#include "notifier/rounds.hpp"

#include <algorithm>

namespace notifier {

using model::Milliseconds;

namespace {

/// The round after `course.round`: the last one that is already due at `now`, or the next to come.
std::uint32_t following_round(const Course& course, Milliseconds now, const OutboxSettings& settings) {
    const auto elapsed = now - course.origin;
    auto number = course.round + 1;
    while (number + 1 < settings.rounds.size() && round_start(settings, number + 1) <= elapsed) ++number;
    if (number + 1 < settings.rounds.size()) return number;
    const auto late = elapsed - round_start(settings, number);
    if (late >= settings.round_every) number += static_cast<std::uint32_t>(late / std::max(settings.round_every, Milliseconds{1}));
    return number;
}

} // namespace

Milliseconds round_start(const OutboxSettings& settings, std::uint32_t number) {
    if (number < settings.rounds.size()) return settings.rounds[number];
    if (settings.rounds.empty()) return settings.round_every * number;
    return settings.rounds.back() + settings.round_every * (number - static_cast<std::uint32_t>(settings.rounds.size()) + 1);
}

Course begin_course(const OutboxSettings& settings, Milliseconds now) {
    Course course;
    course.origin = now;
    course.due = now + round_start(settings, 0);
    return course;
}

Course after_attempt(Course course, const FailedAttempt& attempt, const std::vector<std::string>& relays, const OutboxSettings& settings) {
    course.tried.insert(attempt.relay);
    const auto soonest = attempt.relay_fault ? attempt.ended : attempt.ended + settings.next_relay_after_4xx;
    const bool left = std::ranges::any_of(relays, [&course](const auto& relay) { return !course.tried.contains(relay); });
    if (left) {
        course.due = std::max(soonest, attempt.not_before);
        return course;
    }
    ++course.failed_rounds;
    course.round = following_round(course, attempt.ended, settings);
    course.tried.clear();
    const auto start = course.origin + round_start(settings, course.round);
    course.due = std::max(start > attempt.ended ? start : soonest, attempt.not_before);
    return course;
}

Milliseconds honoured_until(Milliseconds asked, Milliseconds ended, Milliseconds limit, const OutboxSettings& settings) {
    if (asked <= Milliseconds{0}) return Milliseconds{0};
    if (limit == Milliseconds::max()) return ended + std::min(asked, settings.round_every);
    return std::min(ended + asked, limit - settings.webhook_timeout);
}

} // namespace notifier

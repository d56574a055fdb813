#include "incidents/bound.hpp"

#include <algorithm>
#include <cmath>

namespace incidents {

using model::Milliseconds;

namespace {

/// Time for `jobs` jobs that are ready at once: `parallel` at a time, each lasting at most `service`, started no faster
/// than `rate` a second. The k-th starts after at most (k - 1) x max(1 / rate, service / parallel).
Milliseconds drain(std::uint32_t jobs, double rate, std::uint32_t parallel, Milliseconds service) {
    if (jobs == 0) return Milliseconds{0};
    const double by_rate = rate > 0 && std::isfinite(rate) ? 1'000.0 / rate : 0;
    const double by_slots = static_cast<double>(service.count()) / std::max(1U, parallel);
    const double waiting = (jobs - 1) * std::max(by_rate, by_slots);
    return service + Milliseconds{static_cast<std::int64_t>(std::ceil(waiting))};
}

/// From `detect` to the verdict that opens the incident.
Milliseconds confirmation(const BoundInput& input) {
    const auto& rules = *input.watch.rules;
    if (input.watch.watch_class == model::WatchClass::performance) {
        const auto sample = std::max(rules.window_retry, input.cross_check) + input.watch.timeout + input.allowance;
        return sample * rules.window_samples + input.cross_check;
    }
    // m bad ones of n: passes in between can stretch a run to n samples, not only m
    const auto more = std::max({rules.confirm_window, rules.confirm_failures, 1U}) - 1;
    const auto sample = std::max(rules.retry_after, input.cross_check) + input.watch.timeout + input.allowance;
    return sample * more + input.cross_check;
}

Milliseconds seen(const BoundInput& input) {
    const auto& watch = input.watch;
    if (watch.watch_class != model::WatchClass::performance) return watch.interval + watch.timeout + input.allowance;
    // a stop within one window may leave that one good; the next is bad from its first sample on
    const auto window = std::max(watch.rules->window, watch.interval * watch.rules->window_samples) + watch.interval;
    return 2 * window + watch.timeout + input.allowance;
}

/// Envelopes caught by a relay that stops answering: the steps before went well, then the longest cap runs out.
Milliseconds hang(const BoundInput& input) { return input.transaction + std::max({input.connect_cap, input.step_cap, input.final_cap}); }

} // namespace

void ServicesTold::add(const model::Watch& watch) {
    for (const auto& service : *watch.services) together_[service].insert(watch.services->begin(), watch.services->end());
}

std::set<std::string> ServicesTold::of(const model::Watch& watch) const {
    std::set<std::string> services;
    for (const auto& service : *watch.services) {
        if (const auto found = together_.find(service); found != together_.end())
            services.insert(found->second.begin(), found->second.end());
    }
    return services;
}

Bound bound(const BoundInput& input) {
    Bound result;
    result.seen = seen(input);
    result.seen_limit = input.watch.interval_limit;
    result.seen_judged = input.watch.watch_class != model::WatchClass::performance;
    result.told_limit = input.rules.first_alert;

    const auto ready = confirmation(input) + input.rules.grouping + input.allowance;
    const auto webhooks = drain(input.webhook_recipients, 0, input.parallel, input.transaction);
    const auto by_relay = [&](std::size_t relay) {
        return drain(input.mail_recipients, input.send_rates[relay], input.parallel, input.transaction);
    };
    result.told = ready + std::max(webhooks, input.send_rates.empty() ? Milliseconds{0} : by_relay(0));
    if (input.send_rates.size() >= 2) {
        // The first one hangs: the second does the work; any other one hangs: the first does. All may have waited for
        // the first victims to be cut off, and one that tries the hanging relay again at the end waits once more.
        const auto mails = input.mail_recipients == 0 ? Milliseconds{0} : std::max(by_relay(0), by_relay(1)) + 2 * hang(input);
        result.told_one_hanging = ready + std::max(webhooks, mails);
    }
    const auto worst = std::max(result.told, result.told_one_hanging);
    const bool no_relay = input.mail_recipients > 0 && input.send_rates.empty();
    result.refused = no_relay || (result.seen_judged && result.seen > result.seen_limit) || worst > result.told_limit / 2;
    result.warned = worst > result.told_limit / 4;
    return result;
}

} // namespace incidents

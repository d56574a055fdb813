#include "notifier/receivers.hpp"

#include <algorithm>

namespace notifier {

Receivers::Receivers(const OutboxSettings& settings)
    : parallel_(std::max(settings.webhook_parallel, 1U)), parallel_per_host_(std::max(settings.webhook_parallel_per_host, 1U)) {}

void Receivers::wait(const std::string& host, Place place) {
    auto& entry = hosts_[host];
    entry.line.insert(place);
    refresh(host, entry);
}

void Receivers::leave(const std::string& host, Place place) {
    const auto entry = hosts_.find(host);
    if (entry == hosts_.end()) return;
    entry->second.line.erase(place);
    refresh(host, entry->second);
}

std::optional<Receivers::Turn> Receivers::next() const {
    if (in_use_ >= parallel_ || heads_.empty()) return std::nullopt;
    return Turn{.host = heads_.begin()->host, .place = heads_.begin()->place};
}

void Receivers::begin(const std::string& host) {
    auto& entry = hosts_[host];
    ++entry.in_use;
    ++in_use_;
    refresh(host, entry);
}

void Receivers::end(const std::string& host, End how) {
    const auto entry = hosts_.find(host);
    if (entry == hosts_.end() || entry->second.in_use == 0) return;
    --entry->second.in_use;
    --in_use_;
    if (how != End::cut) entry->second.suspect = how == End::failed;
    refresh(host, entry->second);
    if (entry->second.in_use == 0 && entry->second.line.empty() && !entry->second.suspect) hosts_.erase(entry);
}

void Receivers::refresh(const std::string& name, Host& host) {
    if (host.head) heads_.erase(*host.head);
    host.head.reset();
    if (host.line.empty() || host.in_use >= (host.suspect ? 1 : parallel_per_host_)) return;
    host.head = Head{.suspect = host.suspect, .place = *host.line.begin(), .host = name};
    heads_.insert(*host.head);
}

} // namespace notifier

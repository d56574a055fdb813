#include "notifier/outbox_core.hpp"

#include "io/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace notifier {

OutboxCore::OutboxCore(asio::any_io_executor executor, OutboxEffects effects, OutboxSettings settings, std::vector<Relay> relays,
                       std::map<model::ContactId, model::Contact> contacts)
    : executor_(std::move(executor)), effects_(effects), settings_(std::move(settings)), contacts_(std::move(contacts)),
      channels_(make_channels({effects_.clock, effects_.mail, effects_.http}, settings_)),
      relays_(std::move(relays), settings_.relay_suspect_for), receivers_(settings_), composed_(effects_.clock),
      dispatcher_(effects_.clock), stopper_(effects_.clock) {}

void OutboxCore::apply(const model::Event& event) {
    const auto change = pending_.apply(event);
    for (const auto& ended : change.ended) end_flight(ended.envelope);
    for (const auto& ended : change.ended) {
        if (ended.next && started_) activate_next(*ended.next, effects_.clock.now().boot);
    }
    for (const auto number : change.added) {
        flights_.try_emplace(number);
        if (started_) queue(number);
    }
    if (started_ && !change.added.empty()) composed_.ring();
}

void OutboxCore::start() {
    started_ = true;
    for (const auto& [number, envelope] : pending_.all()) queue(number);
    run(dispatch(shared_from_this()));
    run(release_committed(shared_from_this()));
}

void OutboxCore::run(asio::awaitable<void> work) {
    io::spawn(executor_, std::move(work), [](std::exception_ptr failure) {
        if (failure == nullptr) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            spdlog::error("outbox: {}; this is a defect, please report it", error.what());
        }
    });
}

void OutboxCore::close() {
    closed_ = true;
    composed_.ring();
    dispatcher_.ring();
    stopper_.ring();
}

asio::awaitable<void> OutboxCore::stop(std::shared_ptr<OutboxCore> core) {
    core->stopping_ = true;
    core->composed_.ring();
    core->dispatcher_.ring();
    const auto latest = core->effects_.clock.now().boot + core->settings_.stop_wait;
    while (!core->closed_ && !core->attempts_.empty() && core->effects_.clock.now().boot < latest)
        co_await core->stopper_.wait_until(latest);
    if (!core->closed_) core->cut_all();
}

void OutboxCore::set_relays(std::vector<Relay> relays) {
    relays_.replace(std::move(relays));
    dispatcher_.ring();
}

void OutboxCore::set_settings(OutboxSettings settings) {
    settings.mail_parallel = settings_.mail_parallel;
    settings_ = std::move(settings);
    relays_.set_suspect_for(settings_.relay_suspect_for);
}

model::Milliseconds OutboxCore::overdue() const {
    const auto now = effects_.clock.now().boot;
    model::Milliseconds longest{0};
    for (const auto& [ticket, attempt_entry] : attempts_) longest = std::max(longest, now - attempt_entry.latest);
    return longest;
}

OutboxCounts OutboxCore::counts() const {
    const auto mail = pending_.tally(model::ChannelKind::mail);
    const auto webhook = pending_.tally(model::ChannelKind::webhook);
    return {.pending_mail = mail.count,
            .pending_webhook = webhook.count,
            .in_flight = attempts_.size(),
            .oldest_mail = mail.oldest,
            .oldest_webhook = webhook.oldest,
            .failed_rounds = failed_rounds_};
}

} // namespace notifier

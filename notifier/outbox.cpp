#include "notifier/outbox.hpp"

#include "notifier/outbox_core.hpp"

#include <utility>

namespace notifier {

struct Outbox::State {
    std::shared_ptr<OutboxCore> core;
};

Outbox::Outbox(asio::any_io_executor executor, OutboxEffects effects, OutboxSettings settings, std::vector<Relay> relays,
               std::map<model::ContactId, model::Contact> contacts)
    : state_(std::make_unique<State>(
          State{std::make_shared<OutboxCore>(std::move(executor), effects, std::move(settings), std::move(relays), std::move(contacts))})) {
}

Outbox::~Outbox() { state_->core->close(); }

void Outbox::apply(const model::Event& event) { state_->core->apply(event); }
void Outbox::start() { state_->core->start(); }
asio::awaitable<void> Outbox::stop() { return OutboxCore::stop(state_->core); }
const model::Contact* Outbox::contact(const model::ContactId& id) const { return state_->core->contact(id); }
void Outbox::set_contacts(std::map<model::ContactId, model::Contact> contacts) { state_->core->set_contacts(std::move(contacts)); }
void Outbox::set_relays(std::vector<Relay> relays) { state_->core->set_relays(std::move(relays)); }
void Outbox::set_settings(OutboxSettings settings) { state_->core->set_settings(std::move(settings)); }

std::vector<model::EnvelopeId> Outbox::superseded_by(const std::vector<model::DutyId>& duties) const {
    return state_->core->pending().superseded_by(duties);
}

std::map<model::ContactId, std::string> Outbox::thread(const std::string& incident) const {
    return state_->core->pending().thread(incident);
}
void Outbox::forget(const std::vector<std::string>& incidents) { state_->core->pending().forget(incidents); }
OutboxCounts Outbox::counts() const { return state_->core->counts(); }
std::vector<OutboxLine> Outbox::lines(std::size_t most) const { return state_->core->lines(most); }
std::size_t Outbox::retry_now() { return state_->core->retry_now(); }
std::uint64_t Outbox::progress() const { return state_->core->progress(); }
model::Milliseconds Outbox::overdue() const { return state_->core->overdue(); }

} // namespace notifier

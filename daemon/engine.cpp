#include "daemon/engine.hpp"

#include "daemon/event_log.hpp"
#include "incidents/commands.hpp"
#include "incidents/newcomers.hpp"
#include "io/spawn.hpp"

#include <boost/asio/post.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <set>
#include <string_view>
#include <utility>

namespace hinomi {

namespace {

/// Whether the event may demand a notice, so that the duty keeper has to look.
struct WakesKeeper {
    bool operator()(const model::Suspected&) const { return false; }
    bool operator()(const model::Cleared&) const { return false; }
    bool operator()(const model::RunsMissed&) const { return false; }
    bool operator()(const model::NoticeComposed&) const { return false; }
    bool operator()(const model::Commanded&) const { return false; }
    template <typename Other> bool operator()(const Other&) const { return true; }
};

} // namespace

Engine::Engine(EngineEffects effects, EngineSettings settings)
    : effects_(std::move(effects)), settings_(std::move(settings)), moments_(effects_.clock, settings_.directory.time_zone),
      ledger_(effects_.executor, effects_.clock, effects_.random, effects_.writer, settings_.ledger,
              [this](const ledger::DurabilityChange& change) { durability_changed(change); }),
      journal_(effects_.clock, book_, ledger_),
      references_(effects_.executor, effects_.lanes, effects_.clock, settings_.references, settings_.reference_timeout),
      watching_({effects_.executor, effects_.clock, effects_.lanes, references_, book_, journal_, ledger_, moments_, settings_.directory},
                std::move(settings_.watches), settings_.schedule),
      outbox_(effects_.executor, {effects_.clock, effects_.random, journal_, effects_.mail, effects_.http}, settings_.outbox,
              std::move(settings_.relays), std::move(settings_.contacts)),
      keeper_({effects_.clock, effects_.random, book_, journal_, outbox_, moments_, settings_.directory, settings_.templates,
               settings_.domain}),
      housekeeper_({effects_.clock, book_, journal_, ledger_, watching_, outbox_, moments_, settings_.directory}, settings_.heartbeat_every,
                   settings_.former_watches_kept, settings_.retention) {
    journal_.observe([this](const model::Event& event, const auto&) {
        outbox_.apply(event);
        if (book_.went_live) settings_.directory.rehearsal = false;
    });
    journal_.observe([this](const model::Event& event, const auto&) { watching_.apply(event); });
    journal_.observe([this](const model::Event& event, const auto&) { look_at_relay(event); });
    journal_.observe([](const model::Event& event, const auto& transitions) { log_event(event, transitions); });
    journal_.observe([this](const model::Event& event, const auto&) {
        if (std::visit(WakesKeeper{}, event.payload)) keeper_.wake();
    });
}

Engine::~Engine() { *alive_ = false; }

void Engine::replay(const model::Event& event) {
    book_.apply(event);
    outbox_.apply(event);
    if (book_.went_live) settings_.directory.rehearsal = false;
}

void Engine::start(const ledger::Recovered& recovered, std::function<void(std::string)> on_failure) {
    on_failure_ = std::move(on_failure);
    journal_.continue_after(recovered.last);
    const bool first_start = recovered.last == 0;
    journal_.append({model::Started{.version = settings_.version,
                                    .after_crash = !first_start && !recovered.stopped_cleanly,
                                    .last_heartbeat = recovered.heartbeat ? recovered.heartbeat->at : model::Instant{}},
                     model::ConfigurationLoaded{.sha256 = settings_.configuration_sha256,
                                                .watches = static_cast<std::uint32_t>(watching_.count()),
                                                .tenants = static_cast<std::uint32_t>(settings_.directory.tenants.size())}});
    if (recovered.heartbeat) housekeeper_.resume(recovered.heartbeat->at);
    hand_over_what_is_gone();
    for (std::size_t index = 0; index < watching_.size(); ++index) keep_renamed(watching_.watch(index));
    welcome();
    watching_.resume();
    outbox_.start();
    run_part("references", references_.keep_known());
    run_part("schedule", watching_.run());
    run_part("duties", keeper_.run());
    run_part("housekeeping", housekeeper_.run());
}

/// The configuration may have been changed while nobody ran: what such watches left open is for people to end.
void Engine::hand_over_what_is_gone() {
    std::vector<std::string> gone;
    for (const auto& [id, facts] : book_.watches) {
        if (!watching_.knows(id)) gone.push_back(id);
    }
    for (const auto& id : gone) hand_over(id);
}

/// A renamed watch that has passed before need not prove itself again.
void Engine::keep_renamed(const model::Watch& watch) {
    if (watch.was->empty() || book_.watches.contains(watch.id)) return;
    const auto before = book_.watches.find(watch.was);
    if (before != book_.watches.end() && before->second.verified)
        journal_.append({model::Verified{.watch = watch.id, .at = effects_.clock.now()}});
}

void Engine::hand_over(const std::string& watch) {
    housekeeper_.left(watch);
    auto events = incidents::hand_over(book_, watch, moments_.now());
    if (!events || events->empty()) return;
    for (const auto& event : *events) {
        if (const auto* eased = std::get_if<model::Eased>(&event))
            spdlog::warn("{}: {} left the configuration; end it with `hinomi incident resolve`", eased->incident, watch);
    }
    journal_.append(std::move(*events));
}

std::vector<std::string> Engine::would_abandon(const std::vector<DeclaredWatch>& next) const {
    std::set<std::string_view> staying;
    for (const auto& declared : next) staying.insert(declared.watch.id);
    std::vector<std::string> abandoned;
    for (std::size_t index = 0; index < watching_.size(); ++index) {
        if (watching_.vacant(index) || staying.contains(watching_.watch(index).id)) continue;
        const auto& id = watching_.watch(index).id;
        const auto open = [&](const auto& incident) { return book_.incidents.at(incident).kind == model::IncidentKind::customer; };
        if (std::ranges::any_of(book_.member_of(id), open)) abandoned.push_back(id);
    }
    return abandoned;
}

model::Sequence Engine::reload(EngineSettings next, std::vector<model::Payload> because) {
    std::set<std::string_view> staying;
    for (const auto& declared : next.watches) staying.insert(declared.watch.id);
    std::vector<std::string> leaving;
    for (std::size_t index = 0; index < watching_.size(); ++index) {
        if (!watching_.vacant(index) && !staying.contains(watching_.watch(index).id)) leaving.push_back(watching_.watch(index).id);
    }
    ledger_.append(next.added_contacts);
    because.push_back(model::ConfigurationLoaded{.sha256 = next.configuration_sha256,
                                                 .watches = static_cast<std::uint32_t>(next.watches.size()),
                                                 .tenants = static_cast<std::uint32_t>(next.directory.tenants.size())});
    journal_.append(std::move(because));
    for (const auto& id : leaving) hand_over(id);
    for (const auto& declared : next.watches) keep_renamed(declared.watch);
    // The parts hold references to these: they are changed in place, between two turns of everybody else.
    settings_.configuration_sha256 = std::move(next.configuration_sha256);
    settings_.directory = std::move(next.directory);
    if (book_.went_live) settings_.directory.rehearsal = false;
    settings_.templates = std::move(next.templates);
    settings_.contact_rows = std::move(next.contact_rows);
    moments_.set_zone(settings_.directory.time_zone);
    keeper_.set_domain(std::move(next.domain));
    keep_former_contacts(next);
    outbox_.set_contacts(std::move(next.contacts));
    outbox_.set_settings(std::move(next.outbox));
    outbox_.set_relays(std::move(next.relays));
    references_.replace(std::move(next.references));
    housekeeper_.set_retention(next.retention);
    watching_.replace(std::move(next.watches), next.schedule);
    welcome();
    keeper_.wake();
    return journal_.last();
}

void Engine::reject_reload(std::string why, std::vector<model::Payload> because) {
    because.push_back(model::ReloadRejected{.reason = std::move(why)});
    journal_.append(std::move(because));
    keeper_.page_on_call("reload_rejected");
}

/// Tenants that came while an incident of their services is open are told of it.
void Engine::welcome() {
    auto events = incidents::welcome(book_, settings_.directory, moments_.now());
    if (!events.empty()) journal_.append(std::move(events));
}

/// Who has left the configuration is still served what is owed to him (semantics 1.2), with the secret and the language that he had.
void Engine::keep_former_contacts(EngineSettings& next) const {
    std::set<model::ContactId> configured;
    const auto count = [&](const std::vector<model::Contact>& contacts) {
        for (const auto& contact : contacts) configured.insert(contact.id);
    };
    for (const auto& [name, tenant] : settings_.directory.tenants) count(tenant.contacts);
    count(settings_.directory.manager.contacts);
    count(settings_.directory.on_call.contacts);
    for (auto& [id, contact] : next.contacts) {
        const auto* known = configured.contains(id) ? nullptr : outbox_.contact(id);
        if (known != nullptr) contact = *known;
    }
}

void Engine::run_part(const char* name, asio::awaitable<void> part) {
    io::spawn(effects_.executor, std::move(part), [this, name, alive = alive_](std::exception_ptr failure) {
        if (failure == nullptr || !*alive) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            on_failure_(std::string(name) + ": " + error.what());
        }
    });
}

void Engine::look_at_relay(const model::Event& event) {
    const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload);
    if (recorded == nullptr || !relay_watch_.ended(recorded->delivery)) return;
    spdlog::error("relay {} takes no mail any more: {} {}", recorded->delivery.relay, recorded->delivery.step, recorded->delivery.text);
    // Posted: a page is an event of its own.
    asio::post(effects_.executor, [this, alive = alive_] {
        if (*alive) keeper_.page_on_call("relay_lost");
    });
}

void Engine::durability_changed(const ledger::DurabilityChange& change) {
    // Posted: the ledger is in the middle of its own work, and these are events of their own.
    asio::post(effects_.executor, [this, change, alive = alive_] {
        if (!*alive) return;
        if (change.durable) {
            journal_.append({model::LedgerDurable{.queued = change.queued, .lost = change.lost}});
            return;
        }
        journal_.append({model::LedgerUndurable{.cause = change.cause}});
        keeper_.page_on_call("undurable");
    });
}

asio::awaitable<void> Engine::stop(std::string reason) {
    watching_.stop();
    keeper_.stop();
    co_await outbox_.stop();
    housekeeper_.stop();
    housekeeper_.snapshot();
    journal_.append({model::Stopped{.reason = std::move(reason)}});
    co_await ledger_.drained();
}

Progress Engine::progress() const {
    return {.housekeeping = housekeeper_.progress(),
            .outbox = outbox_.progress(),
            .deliveries_overdue = outbox_.overdue(),
            .schedule_behind = watching_.behind(),
            .ledger_owed = ledger_.owed()};
}

} // namespace hinomi

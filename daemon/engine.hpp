#pragma once

#include "daemon/duty_keeper.hpp"
#include "daemon/housekeeper.hpp"
#include "daemon/recorder.hpp"
#include "daemon/references.hpp"
#include "daemon/relay_watch.hpp"
#include "daemon/watching.hpp"
#include "incidents/book.hpp"
#include "io/probe_lanes.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recovery.hpp"
#include "model/directory.hpp"
#include "notifier/outbox.hpp"
#include "notifier/templates.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hinomi {

/// Everything with an effect that the engine stands on; the simulator passes its own. All outlive the engine.
struct EngineEffects {
    asio::any_io_executor executor;
    io::Clock& clock;
    io::Random& random;
    io::ProbeLanes& lanes;
    io::MailTransaction& mail;
    io::HttpClient& http;
    ledger::Writer& writer;
};

/// What the configuration comes down to once secrets and contact ids are resolved.
struct EngineSettings {
    std::string version;
    std::string configuration_sha256;
    std::string domain = "localhost";              ///< right side of Message-IDs
    model::Directory directory;
    std::map<model::ContactId, model::Contact> contacts;
    std::vector<ledger::ContactRow> contact_rows;   ///< all that the ledger knows, with the new ones
    std::vector<ledger::ContactRow> added_contacts; ///< not yet in the ledger
    std::vector<DeclaredWatch> watches;
    std::vector<notifier::Relay> relays;
    std::vector<std::string> references;
    model::Milliseconds reference_timeout{2'000};
    ScheduleLimits schedule;
    notifier::OutboxSettings outbox;
    ledger::LedgerSettings ledger;
    model::Milliseconds heartbeat_every{5'000};
    model::Milliseconds former_watches_kept{std::chrono::days(1)};
    RetentionPeriods retention;                     ///< by itself: everything is kept
    notifier::Templates templates;
};

/// What the watchdog looks at.
struct Progress {
    std::uint64_t housekeeping = 0;             ///< turns; moves at least every `heartbeat_every`
    std::uint64_t outbox = 0;                   ///< turns; moves at least every 5 s
    model::Milliseconds deliveries_overdue{0};  ///< for how long the send lane has owed an outcome
    model::Milliseconds schedule_behind{0};     ///< for how long it has left something undone
    model::Milliseconds ledger_owed{0};         ///< for how long the ledger thread has owed an answer
};

/// The whole engine on one state thread: schedule, judging, incidents, duties, outbox, ledger. The same code under the
/// real world and under the simulator.
class Engine {
public:
    Engine(EngineEffects effects, EngineSettings settings);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Replay: called for each event of the ledger, in order, before `start`.
    void replay(const model::Event& event);

    /// Goes to work where `recovered` ended. `on_failure` hears of a part that died of an exception: a bug.
    void start(const ledger::Recovered& recovered, std::function<void(std::string)> on_failure);

    /// Orderly stop: no new attempts, deliveries under way finish or are recorded, `Stopped` is the last event.
    asio::awaitable<void> stop(std::string reason);

    /// Watches that are not in `next` and whose customers' incident is open: nobody but a person could end it then.
    [[nodiscard]] std::vector<std::string> would_abandon(const std::vector<DeclaredWatch>& next) const;

    /// Takes over a checked configuration in one turn: phases, judging states, open incidents and armed duties stay as they
    /// are; what leaves with an open incident is handed over to people. `because`: the events that say who wanted it.
    /// Returns the sequence to await. Lanes and listeners stay those of the start.
    model::Sequence reload(EngineSettings next, std::vector<model::Payload> because);

    /// A configuration that could not be taken over: recorded, and on-call is told. `because`: as above.
    void reject_reload(std::string why, std::vector<model::Payload> because);

    [[nodiscard]] const std::vector<ledger::ContactRow>& contact_rows() const { return settings_.contact_rows; }
    [[nodiscard]] const incidents::Book& book() const { return book_; }
    [[nodiscard]] const Watching& watching() const { return watching_; }
    [[nodiscard]] const notifier::Outbox& outbox() const { return outbox_; }
    [[nodiscard]] const ledger::Ledger& ledger() const { return ledger_; }
    [[nodiscard]] const Recorder& journal() const { return journal_; }
    [[nodiscard]] Recorder& journal() { return journal_; }
    [[nodiscard]] Watching& watching() { return watching_; }
    [[nodiscard]] const model::Directory& directory() const { return settings_.directory; }
    [[nodiscard]] notifier::Outbox& outbox() { return outbox_; }
    [[nodiscard]] DutyKeeper& keeper() { return keeper_; }
    [[nodiscard]] Moments& moments() { return moments_; }
    [[nodiscard]] Progress progress() const;

private:
    void look_at_relay(const model::Event& event);
    void durability_changed(const ledger::DurabilityChange& change);
    void hand_over_what_is_gone();
    void keep_renamed(const model::Watch& watch);
    void keep_former_contacts(EngineSettings& next) const;
    void welcome();
    void hand_over(const std::string& watch);
    void run_part(const char* name, asio::awaitable<void> part);

    EngineEffects effects_;
    EngineSettings settings_;
    std::function<void(std::string)> on_failure_;
    incidents::Book book_;
    Moments moments_;
    ledger::Ledger ledger_;
    Recorder journal_;
    RelayWatch relay_watch_;
    References references_;
    Watching watching_;
    notifier::Outbox outbox_;
    DutyKeeper keeper_;
    Housekeeper housekeeper_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // posted work outlives a destroyed engine harmlessly
};

} // namespace hinomi

#pragma once

#include "incidents/advance.hpp"
#include "incidents/book.hpp"
#include "incidents/commands.hpp"
#include "incidents/judge.hpp"
#include "incidents/plan.hpp"

#include <map>
#include <string>
#include <vector>

namespace incidents {

using model::Instant;
using model::Milliseconds;

inline constexpr Milliseconds second{1'000};
inline constexpr Milliseconds minute{60'000};

/// What a probe is made to see.
enum class Seen : std::uint8_t { pass, fail, silent, silent_unproven, blind, slow };

/// A desk at which the rules run without daemon, ledger or relays: a clock turned by hand, the events so far, and
/// notices whose envelopes are accepted or refused on demand.
class Desk {
public:
    Desk();

    /// A watch of `services` with the class's usual rules.
    model::Watch watch(const std::string& id, model::WatchClass watch_class, std::vector<std::string> services);
    void tenant(const std::string& name, std::vector<std::string> services, std::uint32_t contacts = 1);

    void wait(Milliseconds duration);
    /// The machine restarts: another boot, the wall clock `wall_step` off.
    void reboot(Milliseconds down, Milliseconds wall_step = Milliseconds{0});
    /// Only the process restarts.
    void restart();
    void heartbeat() { heartbeat_ = now; }
    void step_clock(Milliseconds step);

    void append(std::vector<model::Payload> payloads);
    /// Appends what a person decided; returns why not, or nothing.
    std::string decide(const Decision& decision);
    /// Judges a sample that lasted `lasting` and ended now; appends what follows.
    model::Verdict sample(const model::Watch& watch, Seen seen, Milliseconds lasting = Milliseconds{50});
    /// Passes once, so that the watch is verified.
    void verify(const model::Watch& watch);
    /// Fails as often as it takes, as fast as the rules say. The first failing sample ends now + `lasting`.
    void break_down(const model::Watch& watch, Milliseconds lasting = Milliseconds{50});
    void recover(const model::Watch& watch);

    /// Lets the plan do what is due until it rests. Returns the releases of this call.
    std::vector<Release> settle();
    /// Goes on until `until`, settling whenever the plan asks for it.
    void run_until(Milliseconds boot);
    void run_for(Milliseconds duration) { run_until(now.boot + duration); }

    /// Delivers: every pending envelope of the recipient's notices ends so, now.
    void deliver(const model::Recipient& recipient, model::DeliveryOutcome outcome);
    void deliver_all(model::DeliveryOutcome outcome = model::DeliveryOutcome::accepted);

    [[nodiscard]] Moment moment() const { return {now, date, false}; }
    [[nodiscard]] const model::Duty& duty(const std::string& id) const { return book.duties.at(id); }
    [[nodiscard]] std::vector<std::string> duty_ids() const;
    /// Kinds of the events since the last call, by name, in order.
    std::vector<std::string> happened();

    Instant now;
    std::string date = "20261123";
    model::Directory directory;
    Book book;
    std::vector<model::Event> events;
    std::map<std::string, WatchState> states;
    model::ContactPolicy policy = model::ContactPolicy::any;

private:
    model::Notice compose(const Release& release);
    void deliver_where(const model::Recipient* recipient, model::DeliveryOutcome outcome);

    Instant heartbeat_;
    std::size_t told_ = 0;
    std::uint64_t notices_ = 0;
};

inline model::Recipient to_tenant(const std::string& name) { return {model::RecipientKind::tenant, name}; }
inline model::Recipient to_on_call() { return {model::RecipientKind::on_call, {}}; }
inline model::Recipient to_manager() { return {model::RecipientKind::manager, {}}; }

/// An event's kind, such as `Opened`.
std::string name_of(const model::Payload& payload);

/// The whole state as text, to be compared.
std::string dump(const Book& book);

/// The same state, made from the live events only, as a snapshot would.
Book replayed(const Desk& desk);

} // namespace incidents

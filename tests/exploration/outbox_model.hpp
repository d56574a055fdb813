#pragma once

#include "model/event.hpp"
#include "notifier/pending.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The outbox, the ledger and the relays as a pure state machine, small enough that every interleaving can be visited.
namespace exploration {

constexpr std::size_t notices = 3;
constexpr std::size_t relays = 2;
constexpr std::uint32_t most_crashes = 2;
constexpr std::uint32_t most_relay_faults = 2;

/// The order in which intent, sending and outcome are made durable; all but the first are planted faults.
enum class Order : std::uint8_t {
    intent_sending_outcome,
    outcome_before_sending,  ///< the acceptance is recorded when the attempt begins
    intent_after_sending,    ///< the notice is recorded when its first attempt has ended
};

enum class Step : std::uint8_t { compose, commit, begin, relay_takes, relay_refuses, reply, reply_lost, crash };

/// One thing that can happen next.
struct Action {
    Step step = Step::compose;
    std::uint8_t notice = 0;
    std::uint8_t relay = 0;
};

std::string describe(const Action& action);

/// Everything: what is durable, what is only in memory, what is on its way, and what the customers have.
class State {
public:
    explicit State(Order order) : order_(order) {}

    /// What can happen now. Empty: at rest.
    [[nodiscard]] std::vector<Action> actions() const;

    [[nodiscard]] State after(const Action& action) const;

    /// What must never be, in words; empty when all is well.
    [[nodiscard]] std::string violation() const;

    /// What must not be when nothing can happen any more.
    [[nodiscard]] std::string violation_at_rest() const;

    /// Two states with the same key have the same future.
    [[nodiscard]] std::string key() const;

private:
    enum class Flight : std::uint8_t { none, on_the_way, taken, refused };

    struct Entry {
        std::uint8_t notice = 0;
        bool composed = false;                                  ///< else an outcome
        model::DeliveryOutcome outcome = model::DeliveryOutcome::retry;
    };
    struct Customer {
        std::uint8_t received = 0;
        std::uint8_t excused = 0;   ///< times that the sender could not know: a lost reply, or a crash before the record
        bool wanted = false;        ///< its incident happened: the notice is owed whatever becomes of the process
    };

    [[nodiscard]] static model::Event event_of(const Entry& entry, model::Sequence sequence);
    [[nodiscard]] notifier::Pending fold() const;
    [[nodiscard]] bool pending(const notifier::Pending& outbox, std::size_t notice) const;
    [[nodiscard]] bool recorded(std::size_t notice, bool composed, bool durable_only) const;
    [[nodiscard]] std::string key_as(const std::array<std::uint8_t, notices>& order) const;
    void end_attempt(std::size_t notice, model::DeliveryOutcome outcome);
    void crash();

    Order order_;
    std::vector<Entry> durable_;
    std::vector<Entry> in_memory_;                              ///< appended, not yet durable
    std::array<Flight, notices> flights_{};
    std::array<std::uint8_t, notices> by_relay_{};
    std::array<Customer, notices> customers_{};
    std::uint32_t crashes_ = 0;
    std::uint32_t relay_faults_ = 0;
};

} // namespace exploration

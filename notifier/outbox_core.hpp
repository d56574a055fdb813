#pragma once

#include "io/sleep.hpp"
#include "notifier/channel.hpp"
#include "notifier/outbox.hpp"
#include "notifier/pending.hpp"
#include "notifier/receivers.hpp"
#include "notifier/relays.hpp"
#include "notifier/rounds.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace notifier {

/// The outbox behind its face. Its coroutines share it, so that one that wakes up late finds it closed instead of gone.
/// What is durable lives in `Pending`; everything here beside it is of this process only. Boot times throughout.
class OutboxCore : public std::enable_shared_from_this<OutboxCore> {
public:
    OutboxCore(asio::any_io_executor executor, OutboxEffects effects, OutboxSettings settings, std::vector<Relay> relays,
               std::map<model::ContactId, model::Contact> contacts);

    void apply(const model::Event& event);
    void start();
    /// The coroutines end without touching the effects again.
    void close();
    static asio::awaitable<void> stop(std::shared_ptr<OutboxCore> core);

    void set_contacts(std::map<model::ContactId, model::Contact> contacts) { contacts_ = std::move(contacts); }
    void set_relays(std::vector<Relay> relays);
    void set_settings(OutboxSettings settings);
    [[nodiscard]] const model::Contact* contact(const model::ContactId& id) const {
        const auto found = contacts_.find(id);
        return found == contacts_.end() ? nullptr : &found->second;
    }

    [[nodiscard]] const Pending& pending() const { return pending_; }
    [[nodiscard]] Pending& pending() { return pending_; }
    [[nodiscard]] OutboxCounts counts() const;
    [[nodiscard]] std::vector<OutboxLine> lines(std::size_t most) const;
    std::size_t retry_now();
    [[nodiscard]] std::uint64_t progress() const { return progress_; }
    [[nodiscard]] model::Milliseconds overdue() const;

private:
    enum class Phase : std::uint8_t {
        composed, ///< not yet durable
        idle,     ///< `primary`: an earlier contact is tried first
        resting,  ///< until its next attempt is due
        waiting,  ///< due, in line for a relay or receiver
        sending,
    };

    /// An unsettled envelope in this process.
    struct Flight {
        Phase phase = Phase::composed;
        Course course;
        model::Milliseconds wake = model::Milliseconds::max();     ///< as it stands in `wakes_`; max: not there
        model::Milliseconds give_up = model::Milliseconds::max();
        model::Milliseconds limit = model::Milliseconds::max();
        std::string receiver;                                      ///< while waiting in a receiver's line
    };

    /// An attempt under way; erased when it is recorded, so what comes later is ignored.
    struct Attempt {
        EnvelopeNumber envelope = 0;
        Lane lane = Lane::relay;
        model::Delivery frame;                                     ///< envelope, numbers, name, begin
        model::Milliseconds latest{0};                             ///< the lane owes an outcome by then, whatever the peer does
    };

    using Lines = std::map<std::set<std::string>, std::set<Place>>;
    using Ticket = std::uint64_t;

    // Coroutines: static, so that what they need travels by value.
    static asio::awaitable<void> dispatch(std::shared_ptr<OutboxCore> core);
    static asio::awaitable<void> release_committed(std::shared_ptr<OutboxCore> core);
    static asio::awaitable<void> attempt(std::shared_ptr<OutboxCore> core, Ticket ticket, Channel& channel, Shipment shipment);
    void run(asio::awaitable<void> work);

    // Waiting for the commit, then the contacts' order (outbox_release.cpp).
    void queue(EnvelopeNumber number);
    void release(model::Sequence upto);
    void release_one(EnvelopeNumber number, const model::Instant& now);
    [[nodiscard]] bool at_once(EnvelopeNumber number) const;
    void activate(EnvelopeNumber number, model::Milliseconds nominal, const model::Instant& now);
    void activate_next(EnvelopeNumber number, model::Milliseconds nominal);
    void end_flight(EnvelopeNumber number);

    // Who is sent next (outbox_dispatch.cpp).
    model::Milliseconds turn();
    void wake_at(EnvelopeNumber number, model::Milliseconds when);
    void woken(EnvelopeNumber number, model::Milliseconds when, const model::Instant& now);
    void line_up(EnvelopeNumber number);
    void leave_line(EnvelopeNumber number);
    void give_up(EnvelopeNumber number, std::string text);
    model::Milliseconds serve_relays(const model::Instant& now);
    void serve_receivers(const model::Instant& now);
    void no_relay_left(const std::set<Place>& line, const model::Instant& now);

    // Attempts and what they leave (outbox_attempt.cpp).
    void begin_attempt(EnvelopeNumber number, Lane lane, std::shared_ptr<const Relay> relay, std::string name, const model::Instant& now);
    void finish(Ticket ticket, model::Delivery delivery);
    void cut_all();
    void record(model::Delivery delivery);
    void plan_next(EnvelopeNumber number, const model::Delivery& delivery);
    [[nodiscard]] Place place(EnvelopeNumber number) const { return {.limit = flights_.at(number).limit, .envelope = number}; }
    [[nodiscard]] bool over() const { return closed_ || stopping_; }

    asio::any_io_executor executor_;
    OutboxEffects effects_;
    OutboxSettings settings_;
    std::map<model::ContactId, model::Contact> contacts_;
    std::map<model::ChannelKind, ChannelEntry> channels_;
    Pending pending_;
    Relays relays_;
    Receivers receivers_;
    std::map<EnvelopeNumber, Flight> flights_;
    std::set<std::pair<model::Milliseconds, EnvelopeNumber>> wakes_;
    Lines relay_lines_;                                   ///< those that tried the same relays share a line
    std::map<Ticket, Attempt> attempts_;
    std::deque<std::pair<model::Sequence, EnvelopeNumber>> uncommitted_;
    io::Alarm composed_;
    io::Alarm dispatcher_;
    io::Alarm stopper_;
    Ticket last_ticket_ = 0;
    std::uint32_t mails_under_way_ = 0;
    std::uint64_t progress_ = 0;
    std::uint64_t failed_rounds_ = 0;
    bool started_ = false;
    bool stopping_ = false;
    bool closed_ = false;
};

} // namespace notifier

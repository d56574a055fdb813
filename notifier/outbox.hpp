#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/journal.hpp"
#include "io/mail_transaction.hpp"
#include "io/random.hpp"
#include "model/directory.hpp"
#include "model/event.hpp"
#include "model/notice.hpp"
#include "notifier/outbox_settings.hpp"
#include "notifier/relay.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace notifier {

namespace asio = boost::asio;

struct OutboxEffects {
    io::Clock& clock;
    io::Random& random;
    io::Journal& journal;
    io::MailTransaction& mail;
    io::HttpClient& http;   ///< for webhooks
};

struct OutboxCounts {
    std::uint64_t pending_mail = 0;
    std::uint64_t pending_webhook = 0;
    std::uint64_t in_flight = 0;
    model::WallTime oldest_mail{};      ///< when the oldest pending one was composed; zero: none
    model::WallTime oldest_webhook{};
    std::uint64_t failed_rounds = 0;
};

/// One envelope on its way, for people.
struct OutboxLine {
    model::EnvelopeId envelope;
    std::string message_id;
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    std::vector<std::string> subjects;
    model::ContactId contact;
    model::ChannelKind channel = model::ChannelKind::mail;
    std::uint32_t attempts = 0;
    model::WallTime composed{};
    std::string phase;                  ///< composed, idle, resting, waiting, sending
    model::Milliseconds next{0};        ///< boot time of the next attempt while resting; max: none
    model::Milliseconds limit{0};       ///< boot time of the nearest deadline; max: none
};

/// Every envelope that is durable and not yet settled, and the one loop that gets them accepted (semantics 1.4).
///
/// A fold (`apply`) plus transient facts of the attempts under way. It sends an envelope only after the event that
/// composed it is committed, and appends a DeliveryRecorded for every attempt. One bad recipient, a hanging relay or a
/// hanging receiver delays nobody else: concurrency is bounded per relay and per webhook host. State thread only.
class Outbox {
public:
    /// `contacts` resolves ids to addresses; it may grow (`set_contacts`), ids never change their meaning.
    Outbox(asio::any_io_executor executor, OutboxEffects effects, OutboxSettings settings, std::vector<Relay> relays,
           std::map<model::ContactId, model::Contact> contacts);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// The fold. After `start`, a NoticeComposed also puts its envelopes on their way.
    void apply(const model::Event& event);

    /// Called once after replay: everything pending goes out, overdue rounds at once. Pending envelopes of a crashed
    /// run may have been sent already: their ids stay.
    void start();

    /// Orderly stop: no new attempts; waits for those under way for at most `stop_wait`, then cuts and records them.
    asio::awaitable<void> stop();

    void set_contacts(std::map<model::ContactId, model::Contact> contacts);
    void set_relays(std::vector<Relay> relays);
    /// For what is planned from now on; how many may be under way at a time stays as it was at the start.
    void set_settings(OutboxSettings settings);

    /// What is known of a contact, also of one that has left the configuration; null: nothing. Valid until `set_contacts`.
    [[nodiscard]] const model::Contact* contact(const model::ContactId& id) const;

    /// Undelivered envelopes all of whose unmet duties are among `duties`: what a new notice with them supersedes.
    [[nodiscard]] std::vector<model::EnvelopeId> superseded_by(const std::vector<model::DutyId>& duties) const;

    /// The first message id of the incident's thread by contact.
    [[nodiscard]] std::map<model::ContactId, std::string> thread(const std::string& incident) const;

    /// Forgets threads and settled notices of incidents that are no longer in the book.
    void forget(const std::vector<std::string>& incidents);

    [[nodiscard]] OutboxCounts counts() const;

    /// What is not yet settled, in the order in which it was composed; at most `most`.
    [[nodiscard]] std::vector<OutboxLine> lines(std::size_t most) const;

    /// Everything that rests until its next round is tried now, by every relay. Returns how many envelopes.
    std::size_t retry_now();

    /// Moves with every turn of the sending loop and every attempt that ends; at least every 5 s, also when nothing is pending.
    [[nodiscard]] std::uint64_t progress() const;

    /// For how long an attempt has been under way beyond the sum of its caps; zero while there is none: its lane hangs.
    [[nodiscard]] model::Milliseconds overdue() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace notifier

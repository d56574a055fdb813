#pragma once

#include "model/event.hpp"
#include "model/notice.hpp"
#include "notifier/waiting.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace notifier {

/// One envelope that is not yet settled.
struct PendingEnvelope {
    std::shared_ptr<const model::Notice> notice;
    model::Envelope envelope;
    model::Sequence sequence = 0;   ///< of the event that composed it
    std::uint32_t attempts = 0;     ///< recorded so far
};

/// The outbox's fold: which envelopes are still owed, under which duties. No clock, no effects; deterministic. Ignores
/// events about what it does not know. Nothing is kept of settled envelopes but the incidents' threads.
class Pending {
public:
    struct Ended {
        EnvelopeNumber envelope = 0;
        std::optional<EnvelopeNumber> next;  ///< `primary`: the contact whose turn it is, unless it ends in the same change
    };
    struct Change {
        std::vector<EnvelopeNumber> added;
        std::vector<Ended> ended;
    };
    Change apply(const model::Event& event);

    [[nodiscard]] const PendingEnvelope* find(EnvelopeNumber envelope) const;
    [[nodiscard]] const std::map<EnvelopeNumber, PendingEnvelope>& all() const { return envelopes_; }

    /// The next unsettled contact of the same notice, if the notice still needs one.
    [[nodiscard]] std::optional<EnvelopeNumber> after(EnvelopeNumber envelope) const;

    /// The first unsettled contact of the same notice. The envelope must be pending.
    [[nodiscard]] EnvelopeNumber first_of(EnvelopeNumber envelope) const;

    /// When the nearest deadline of the envelope's open duties ends, in boot time as seen at `now`; max: none.
    [[nodiscard]] model::Milliseconds limit(EnvelopeNumber envelope, const model::Instant& now) const;

    [[nodiscard]] std::vector<model::EnvelopeId> superseded_by(const std::vector<model::DutyId>& duties) const;
    [[nodiscard]] std::map<model::ContactId, std::string> thread(const std::string& incident) const;
    void forget(const std::vector<std::string>& incidents);

    struct Tally {
        std::uint64_t count = 0;
        model::WallTime oldest{};  ///< zero: none
    };
    [[nodiscard]] Tally tally(model::ChannelKind kind) const;

private:
    struct Duty {
        std::optional<model::Deadline> deadline;
        bool met = false;      ///< or settled otherwise: nothing is owed for it
        bool voided = false;
        std::set<EnvelopeNumber> carriers;
    };
    struct Open {
        std::vector<EnvelopeNumber> envelopes;  ///< unsettled, in the contacts' order
        std::size_t accepted = 0;
        std::size_t of = 0;
    };

    void compose(const model::NoticeComposed& composed, model::Sequence sequence, Change& change);
    void record(const model::Delivery& delivery, Change& change);
    void end_duty(const model::DutyId& id, Change& change);
    void come_back(const model::EnvelopeId& envelope, Change& change);
    void end(EnvelopeNumber number, Change& change);
    void release(const model::DutyId& id, EnvelopeNumber number);
    void meet(const PendingEnvelope& pending);
    void remember_thread(const model::Notice& notice);
    /// A newer notice that carries the duty is on its way.
    [[nodiscard]] bool taken_over(const Duty& duty, EnvelopeNumber number) const;

    std::map<EnvelopeNumber, PendingEnvelope> envelopes_;
    std::map<model::EnvelopeId, EnvelopeNumber> numbers_;
    std::map<model::NoticeId, Open> notices_;
    std::map<model::DutyId, Duty> duties_;
    std::map<std::string, std::map<model::ContactId, std::string>> threads_;  ///< incident -> contact -> first message id
    std::map<model::ChannelKind, std::multiset<model::WallTime>> composed_;
    EnvelopeNumber last_ = 0;
};

} // namespace notifier

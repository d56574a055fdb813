#pragma once

#include "incidents/advance.hpp"
#include "incidents/book.hpp"
#include "model/directory.hpp"
#include "model/event.hpp"

#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace incidents {

/// `first_alert` and so on: part of duty ids, and the metric label `notice`.
std::string_view word(model::Stage stage);

/// SUBJECT/STAGE/ORDINAL/KIND[:NAME], for example INC-20261123-01/first_alert/1/tenant:acme.
model::DutyId duty_id(const std::string& subject, model::Stage stage, std::uint32_t ordinal, const model::Recipient& recipient);

/// All duties of this kind, by ordinal: 1, 2, ... without holes.
std::vector<const model::Duty*> duties_of(const Book& book, const std::string& subject, model::Stage stage,
                                          const model::Recipient& recipient);

/// Of a map of duties, those whose ids begin with `prefix`, which ends in `/`: SUBJECT/ or SUBJECT/STAGE/. In the order of their ids.
template <typename Duties> auto duties_below(Duties& duties, std::string prefix) {
    const auto first = duties.lower_bound(prefix);
    ++prefix.back();  // what comes after everything that begins so
    return std::ranges::subrange(first, duties.lower_bound(prefix));
}

/// Armed or missed: an accepted delivery is still owed.
bool unmet(const model::Duty& duty);

/// `DutyAtRisk::percent` of a duty that no contact accepts: told once, above all marks of time.
inline constexpr std::uint32_t hopeless_percent = 100;

/// The highest risk mark (50, 75, 90) that `elapsed` has reached; 0 before the first.
std::uint32_t mark_reached(const model::Deadline& deadline, model::Milliseconds elapsed);

/// The elapsed time at which the duty must be looked at next as time goes by: the next mark not yet told, or just past
/// the limit.
model::Milliseconds next_mark(const model::Duty& duty);

/// Arms duties as the table of semantics 1.2 says, with contacts and limits frozen from the directory, into one event.
class Arming {
public:
    Arming(const Book& book, const model::Directory& directory, Moment moment)
        : book_(book), directory_(directory), moment_(std::move(moment)) {}

    /// `clock` runs since the same base and was carried over boots; may be null. All of one subject.
    void first_alert(const std::string& subject, const std::string& tenant, const model::Instant& base, const model::Deadline* clock);
    /// The first one of an occurrence; nothing when one is armed already.
    void follow_up(const std::string& subject, const std::string& tenant, const model::Instant& base, const model::Deadline* clock);
    /// A first alert and a follow-up from now, whatever was armed before: the tenant has heard nothing yet.
    void afresh(const std::string& subject, const std::string& tenant);
    /// Both for each of the tenants: an incident, or its news, reaches them.
    void alerts(const std::string& subject, const std::vector<std::string>& tenants, const model::Instant& detect,
                const model::Instant& discover);
    void recovery(const std::string& subject, const std::string& tenant, const model::Instant& base);
    /// To on-call and to the manager. `clock` runs since `base`.
    void blind(const std::string& subject, const model::Instant& base, const model::Deadline* clock);
    /// To the manager (III.3.2.5). `clock` runs since `base`; may be null.
    void line_fault(const std::string& subject, const model::Instant& base, const model::Deadline* clock);
    /// Of what was sent in error.
    void correction(const std::string& subject, const std::string& tenant);
    /// The announcement of `maintenance`: due its lead before the start, at once where it was declared too late for that.
    void announcement(const model::Maintenance& maintenance, const std::string& tenant);
    /// After the acceptance of `last`.
    void further_follow_up(const model::Duty& last);

    /// What was armed, if anything.
    [[nodiscard]] std::optional<model::Payload> event() &&;

private:
    struct Obligation {
        std::string subject;
        model::Stage stage = model::Stage::first_alert;
        model::Recipient recipient;
        model::Deadline deadline;
        std::optional<std::uint32_t> release_percent = std::nullopt;  ///< none: after the grouping wait
    };
    void arm(Obligation obligation);
    void arm_follow_up(const std::string& subject, const std::string& tenant, const model::Instant& base, const model::Deadline* clock);
    [[nodiscard]] std::vector<std::string> contacts_of(const model::Recipient& recipient) const;

    const Book& book_;
    const model::Directory& directory_;
    Moment moment_;
    model::DutiesArmed armed_;
};

} // namespace incidents

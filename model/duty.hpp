#pragma once

#include "model/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace model {

/// The stages of semantics 1.2: also the metric label `notice`. `page` and `test` fulfil no duty.
enum class Stage : std::uint8_t {
    first_alert,
    follow_up,
    recovery,
    correction,
    line_fault,
    blind,
    maintenance,
    final_report,
    monthly_report,
    page, ///< to on-call or the manager: at risk, missed, unverified, relay lost
    test,
};

enum class RecipientKind : std::uint8_t { tenant, manager, on_call };

struct Recipient {
    RecipientKind kind = RecipientKind::tenant;
    std::string name;  ///< the tenant's name; empty for manager and on-call

    friend auto operator<=>(const Recipient&, const Recipient&) = default;
    friend bool operator==(const Recipient&, const Recipient&) = default;
};

/// `SUBJECT/STAGE/ORDINAL/RECIPIENT`, for example `INC-20261123-01/first_alert/1/tenant:acme`.
using DutyId = std::string;

/// A frozen limit on elapsed time (semantics 1.2). Elapsed time is counted on the boot clock; across boots it is
/// carried by `elapsed_at_anchor` and marked estimated. The remaining time never grows.
struct Deadline {
    Instant base;                        ///< when the clock started; may lie before the duty was armed
    Milliseconds limit{0};
    Instant anchor;                      ///< a moment of the current boot from which boot time is counted
    Milliseconds elapsed_at_anchor{0};
    bool estimated = false;              ///< the machine was restarted since `base`
    bool clock_doubtful = false;         ///< armed while the clock was off by over 1 s
};

enum class DutyState : std::uint8_t { armed, met, missed, late, voided };

/// One obligation to one recipient, with its one deadline. Durable before anything is sent.
struct Duty {
    DutyId id;
    std::string subject;                 ///< incident id, or `notifier`
    Stage stage = Stage::first_alert;
    std::uint32_t ordinal = 1;           ///< counts repeats of a stage for this subject
    Recipient recipient;
    Deadline deadline;
    Milliseconds release_after{0};       ///< elapsed time at which its notice is composed: 0, or 75 % for a follow-up
    std::vector<std::string> contacts;   ///< contact ids frozen at creation
    DutyState state = DutyState::armed;
    bool composed = false;               ///< some notice carries it
    bool bounced = false;
    bool breached = false;               ///< its one breach record exists
    bool settled = false;                ///< terminal: nothing more will be sent for it
    std::uint32_t risk_percent = 0;      ///< the highest of 50 / 75 / 90 told to on-call
    Milliseconds elapsed{0};             ///< at acceptance, once met or late
    Instant accepted;                    ///< when; zero until met or late
};

} // namespace model

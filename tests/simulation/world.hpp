#pragma once

#include "model/time.hpp"
#include "tests/simulation/dice.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

using model::Milliseconds;

/// How a watched target behaves at the moment.
enum class TargetMode : std::uint8_t { ok, refused, reset, bad_status, silent, slow, name_lost };

/// How a mail relay behaves at the moment. The names say where it fails.
enum class RelayMode : std::uint8_t {
    ok,
    refused,
    connect_hangs,
    greeting_421,
    tls_fails,
    auth_535,
    mail_451,
    rcpt_451,
    body_452,
    body_554,
    step_hangs,
    drops_mid_body,
    reply_lost_accepted,     ///< after the final dot: took the mail, the reply never came
    reply_lost_dropped,      ///< after the final dot: lost the mail and the reply
    hangs_after_dot_accepted,
    slow,
};

/// How a webhook receiver behaves at the moment.
enum class ReceiverMode : std::uint8_t {
    ok,
    refused,
    hangs,
    status_500,
    status_503_retry_after,
    status_429_retry_after,
    redirect,
    reply_lost_accepted,
    slow
};

/// A thing with a mode that the simulation changes, and since when it has been well.
template <typename Mode> struct Party {
    std::string name;
    Mode mode{};
    Milliseconds well_since{0};  ///< simulated time since which the mode has been `ok` without a break
};

/// A target also remembers when it was last probed, for the gap between probes.
struct Target : Party<TargetMode> {
    Milliseconds last_start{-1};   ///< in this life of the process
    Milliseconds interval_limit{0};
};

/// What reached a person: proof from the receiving side, kept whole.
struct Accepted {
    Milliseconds at{0};
    std::string contact_address;
    std::string message_id;
    std::string text;              ///< decoded subject and body, or the webhook's body
    bool reply_known = true;       ///< false: the sender could not know
    std::uint32_t life = 0;        ///< which life of the process sent it
    bool undurable = false;        ///< sent while the ledger could not be written
    bool record_lost = false;      ///< the process died between the acceptance and its record
};

/// Simulated reality: time, targets, relays, receivers, and what is going to happen. Survives crashes of the process.
class World {
public:
    explicit World(Dice dice) : dice(dice) {}

    // --- time: true simulated time runs from 0; the machine's clocks are bent versions of it
    Milliseconds now{0};
    Milliseconds boot_zero{0};                ///< true time at which the machine last booted
    std::uint64_t boot_id = 0x5eed;
    Milliseconds wall_offset{0};              ///< wall clock minus true time
    [[nodiscard]] model::Instant instant() const { return {model::WallTime{now + wall_offset}, now - boot_zero, boot_id}; }

    // --- what is going to happen, in order of time and then of planning
    void at(Milliseconds when, std::function<void()> what) { plans_.push({when, ++planned_, std::move(what)}); }
    [[nodiscard]] Milliseconds next_plan() const { return plans_.empty() ? Milliseconds::max() : plans_.top().when; }
    void run_plans_due() {
        while (!plans_.empty() && plans_.top().when <= now) {
            auto what = std::move(const_cast<Planned&>(plans_.top()).what);  // popped at once; the order is not touched
            plans_.pop();
            what();
        }
    }

    Dice dice;
    std::vector<Target> targets;
    std::map<std::string, Party<RelayMode>> relays;        ///< by name
    std::map<std::string, Party<ReceiverMode>> receivers;  ///< by host
    std::map<std::string, bool> refused_recipients;        ///< mail addresses that every relay answers 550
    bool network_down = false;                             ///< our own: nothing outside answers, references neither
    Milliseconds network_well_since{0};
    bool healed = false;                                   ///< liveness phase: no new faults
    std::vector<Accepted> accepted;
    std::map<std::string, std::uint64_t> faults;           ///< injected, by kind
    std::uint64_t attempts = 0;
    std::uint32_t life = 0;
    Milliseconds life_began{0};
    Milliseconds life_ended{0};                            ///< of the one before
    bool undurable = false;                                ///< as the running process sees its ledger
    Milliseconds last_disk_write{0};                       ///< when something last became durable

private:
    struct Planned {
        Milliseconds when;
        std::uint64_t order;
        std::function<void()> what;
        friend bool operator<(const Planned& left, const Planned& right) {
            return left.when != right.when ? left.when > right.when : left.order > right.order;
        }
    };
    std::priority_queue<Planned> plans_;
    std::uint64_t planned_ = 0;
};

} // namespace simulation

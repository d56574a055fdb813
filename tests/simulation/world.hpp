#pragma once

#include "io/mail_transaction.hpp"
#include "model/time.hpp"
#include "tests/simulation/dice.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

using model::Milliseconds;

constexpr Milliseconds longest_stall{90'000};

/// How a watched target behaves at the moment.
enum class TargetMode : std::uint8_t {
    ok,
    slow,
    refused,
    reset,
    bad_answer,
    garbled,
    tls_failed,
    silent,
    stalls,         ///< takes the connection, and says nothing
    no_route,
    name_lost,
    probe_crashes,  ///< what looks at it throws
};

/// How a mail relay behaves at the moment. The names say where it fails.
enum class RelayMode : std::uint8_t {
    ok,
    slow,
    refused,
    connect_hangs,
    fails_at_step,           ///< at `Relay::step`, in the way of `Relay::fault`
    reply_lost_accepted,     ///< after the final dot: took the mail, the reply never came
    reply_lost_dropped,      ///< after the final dot: lost the mail and the reply
    hangs_after_dot_accepted,
    hangs_after_dot_dropped,
};

/// In which way a step of the transaction goes wrong.
enum class RelayFault : std::uint8_t { answers_4xx, answers_5xx, answers_421, closes, stalls };

/// How a webhook receiver behaves at the moment.
enum class ReceiverMode : std::uint8_t {
    ok,
    slow,
    refused,
    name_lost,
    hangs,
    certificate_invalid,
    status_400,
    status_401,              ///< as when a credential is missing
    status_410,
    status_413,
    status_429_retry_after,
    status_500,
    status_503_retry_after,
    redirect,
    truncated,               ///< the answer breaks off after its first line: taken, but the sender cannot know
    reply_lost_accepted,
    reply_lost_dropped,
    stalls_accepted,         ///< takes the whole request, and never answers
    stalls_dropped,
};

/// A thing with a mode that the simulation changes, and since when it has been well.
template <typename Mode> struct Party {
    std::string name;
    Mode mode{};
    Milliseconds well_since{0};  ///< simulated time since which the mode has been `ok` without a break
};

/// A target also remembers when it was last probed, for the gap between probes.
struct Target : Party<TargetMode> {
    Milliseconds last_start{-1};   ///< in this life of the process, and since it last woke from suspension
    Milliseconds declared_at{0};   ///< when its watch last came into the configuration
    Milliseconds interval_limit{0};
    bool line = false;             ///< an external line: it is well, or nothing comes through
    bool gateway_lives = false;    ///< of a line: its near end answers whatever becomes of the line
    std::uint32_t good_per_mille = 0;  ///< how often it is well all the same, from one visit to the next
    Milliseconds bad_since{-1};    ///< without a break, in whatever way but slowness; -1: it is not
};

struct Relay : Party<RelayMode> {
    io::MailStep step = io::MailStep::greeting;
    RelayFault fault = RelayFault::answers_4xx;
    bool out_of_band = false;  ///< reached although our own network is down
};

/// What reached a person: proof from the receiving side, kept whole.
struct Accepted {
    Milliseconds at{0};
    std::string contact_address;
    std::string message_id;
    std::string head;              ///< all header lines, and the empty one after them
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
    Milliseconds wall_offset{0};              ///< wall clock minus true time, drift apart
    std::int64_t drift_ppm = 0;               ///< of the wall clock
    Milliseconds asleep_until{0};             ///< the machine is suspended: nothing of the process runs
    Milliseconds awake_since{0};
    [[nodiscard]] Milliseconds drift() const { return now * drift_ppm / 1'000'000; }
    [[nodiscard]] model::Instant instant() const { return {model::WallTime{now + wall_offset + drift()}, now - boot_zero, boot_id}; }

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
    std::map<std::string, Relay> relays;                  ///< by name
    std::map<std::string, Party<ReceiverMode>> receivers;  ///< by host
    std::map<std::string, bool> refused_recipients;        ///< mail addresses that every relay answers 550
    bool slow_transactions = false;                        ///< every one takes nearly as long as the computed bound allows for it
    bool network_down = false;                             ///< our own: nothing outside answers, references neither
    Milliseconds network_well_since{0};
    Milliseconds network_down_since{0};
    std::set<std::string> silent_references;               ///< servers that do not answer, though the network is well
    Milliseconds references_well_since{0};
    bool disk_stalls = false;                              ///< writes take up to `longest_stall`
    Milliseconds disk_well_since{0};
    bool healed = false;                                   ///< liveness phase: no new faults
    Milliseconds healed_at{0};
    std::vector<Accepted> accepted;
    std::map<std::string, std::uint64_t> faults;           ///< injected, by kind
    std::uint64_t attempts = 0;
    std::uint64_t uneven_visits = 0;                       ///< of targets that are bad now and then
    Milliseconds reloaded_at{0};                           ///< when the configuration was last changed
    std::uint32_t life = 0;
    Milliseconds life_began{0};
    Milliseconds life_ended{0};                            ///< of the one before
    bool stopping = false;                                 ///< the running process was asked to end
    std::uint64_t sendings = 0;                            ///< attempts at delivery that began
    bool undurable = false;                                ///< as the running process sees its ledger
    Milliseconds last_disk_write{0};                       ///< what was known until then is durable

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

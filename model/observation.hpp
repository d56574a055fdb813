#pragma once

#include "model/time.hpp"
#include "model/watch.hpp"

#include <cstdint>
#include <string>

namespace model {

/// One planned run of a watch's probe, handed to a probe lane by value.
struct Attempt {
    WatchIndex watch = 0;
    std::uint64_t number = 0;   ///< counts the attempts of this process
    Milliseconds due{0};        ///< boot time at which it should have started
    Milliseconds deadline{0};   ///< boot time at which it is cut off: start + timeout
    bool confirmation = false;  ///< a fast retry: uses the destination's reserved slot
};

/// What a sample proved about the target.
enum class Outcome : std::uint8_t {
    passed,
    failed,  ///< the target answered, and badly: refused, reset, bad status, bad body. Needs no cross-check
    silent,  ///< nothing of the target answered: time-out, no route, name not resolved, probe crash. Cross-checked
};

/// Why a sample did not pass: a closed set, the `reason` label of the metrics.
enum class Reason : std::uint8_t {
    none,
    refused,
    reset,
    connect_timeout,
    no_route,
    name_not_found,
    name_timeout,
    tls_failed,
    certificate_invalid,
    response_timeout,
    protocol_error,
    too_large,
    bad_status,
    bad_body,
    bad_header,
    not_expected,  ///< a stream answered something other than expected
    too_slow,
    probe_crashed,
    shutting_down, ///< cut off by the daemon's own stop: not a sample
};

/// Durations of the phases of one sample, in microseconds; 0 where a phase did not happen.
struct Phases {
    std::chrono::microseconds resolve{0};
    std::chrono::microseconds connect{0};
    std::chrono::microseconds tls{0};
    std::chrono::microseconds processing{0};
    std::chrono::microseconds transfer{0};
};

/// What came back of the packets of one sample (ICMP); `sent` is 0 for other kinds.
struct PacketCount {
    std::uint16_t sent = 0;
    std::uint16_t lost = 0;
    std::chrono::microseconds jitter{0};  ///< mean difference between neighbouring round trips (RFC 3550's idea of it)
};

/// What the reference targets said when a silent sample was cross-checked (semantics 1.1).
enum class CrossCheck : std::uint8_t {
    not_needed,
    answered,    ///< a reference answered: the target is bad
    all_silent,  ///< every usable reference is silent: we are blind, the verdict is unknown
    none_usable, ///< no reference has ever answered: the verdict is `down, not cross-checked`
};

/// The result of one attempt: what was seen, by which watch, from where. Carries its format version from day one.
struct Observation {
    static constexpr std::uint16_t format_version = 1;

    WatchIndex watch = 0;
    WatchClass watch_class = WatchClass::liveness;
    std::uint16_t vantage = 0;      ///< index of the place it was seen from; 0 is this machine
    Outcome outcome = Outcome::passed;
    Reason reason = Reason::none;
    CrossCheck cross_check = CrossCheck::not_needed;
    bool confirmation = false;
    Instant started;
    Instant completed;
    std::chrono::microseconds duration{0};  ///< of the whole sample, finer than the two instants
    Phases phases;
    std::uint16_t status = 0;       ///< protocol status (HTTP code), 0 where there is none
    std::string detail;             ///< for people: at most 4 KiB, without secrets or control characters
    std::int64_t certificate_not_after = 0; ///< earliest end of the certificates presented, Unix seconds; 0: none was seen
    PacketCount packets;
};

} // namespace model

#pragma once

#include "model/time.hpp"

#include <cstdint>
#include <vector>

namespace notifier {

/// Retry rules of semantics 1.4; all down to 100 ms in tests.
struct OutboxSettings {
    /// Starts of the first rounds after the envelope became durable; then every `round_every` until `give_up_after`.
    std::vector<model::Milliseconds> rounds{model::Milliseconds{0},        model::Milliseconds{15'000},  model::Milliseconds{45'000},
                                            model::Milliseconds{120'000},  model::Milliseconds{240'000}, model::Milliseconds{420'000},
                                            model::Milliseconds{600'000},  model::Milliseconds{780'000}, model::Milliseconds{960'000},
                                            model::Milliseconds{1'140'000}};
    model::Milliseconds round_every{15 * 60'000};
    model::Milliseconds give_up_after{3 * 24 * 3'600'000};
    model::Milliseconds next_relay_after_4xx{10'000};
    std::uint32_t next_contact_after_rounds = 2;        ///< `primary`: the next contact starts after this many failed rounds ...
    model::Milliseconds next_contact_after{60'000};     ///< ... or this long, whichever is first
    model::Milliseconds webhook_timeout{10'000};
    std::uint32_t mail_parallel = 64;                   ///< in all: what the send lane can do at a time, so that none waits there
    std::uint32_t webhook_parallel = 64;                ///< in all
    std::uint32_t webhook_parallel_per_host = 8;        ///< a hanging receiver delays nobody else
    model::Milliseconds relay_suspect_for{30'000};      ///< a relay that hung or failed goes to the end of the order for so long
    model::Milliseconds stop_wait{10'000};              ///< an orderly stop waits so long for attempts under way
};

} // namespace notifier

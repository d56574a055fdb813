#include "config/keys_table.hpp"

#include <array>

namespace config {

namespace {

using enum Mark;

// section, name, form, default, unit, source, mark, what it says
constexpr std::array rows{
    Key{"watch", "asset", "name", "", "", "design 4", optional, "the asset that is probed; or targets_from"},
    Key{"watch", "targets_from", "text", "", "", "design 4", optional,
        "a JSON file with many assets for this one pattern, [{\"asset\": \"NAME\", \"host\": ...}]: {host} in the pattern is replaced"},
    Key{"watch", "kind", "word:application|platform|server|storage|security_device|network_device|network", "", "", "design 4", optional,
        "of the assets of targets_from"},
    Key{"watch", "service", "name", "", "", "design 4", optional, "of the assets of targets_from; or services"},
    Key{"watch", "services", "names", "", "", "design 4", optional, "of the assets of targets_from"},
    Key{"watch", "liveness", "block:liveness", "", "", "III.1.1.1 a", optional, "does it answer? every 5 minutes at least"},
    Key{"watch", "fault", "block:fault", "", "", "III.1.1.2 a", optional, "does it work correctly? every 10 minutes at least"},
    Key{"watch", "performance", "block:performance", "", "", "III.1.1.3 a", optional, "is it fast enough? every 10 minutes at least"},

    Key{"block", "name", "name", "", "", "design 4", optional, "tells blocks of one class apart; the watch is ASSET/CLASS/NAME then"},
    Key{"block", "target", "url", "", "", "design 4", required, "what is probed; its scheme chooses the kind of probe"},
    Key{"block", "every", "limit", "60s", "", "1.1", product,
        "start to start; of performance 30s. With timeout and 1s of lateness at most 5min for liveness, 10min for fault; for performance "
        "599s"},
    Key{"block", "timeout", "duration", "5s", "", "1.1", product, "shorter than every; 4/5 of every when that is shorter"},
    Key{"block", "confirm", "map:confirm", "", "", "1.1", optional, "when failures open an incident"},
    Key{"block", "recover", "map:recover", "", "", "1.1", optional, "when passes end an outage"},
    Key{"block", "slower_than", "duration percentile", "", "", "1.1", optional,
        "performance only, and required there: the agreed response time, {p95: 800ms}"},
    Key{"block", "window", "map:window", "", "", "1.1", optional, "performance only: what the percentile is taken of"},
    Key{"block", "was", "text", "", "", "design 4", optional, "the watch's id before it was renamed, ASSET/CLASS or ASSET/CLASS/NAME"},
    Key{"block", "none", "text", "", "", "design 4", optional, "in place of everything else: why there is no watch of this class"},

    Key{"confirm", "failures", "integer", "3", "samples", "1.1", product, "m of \"m of the last n\""},
    Key{"confirm", "window", "integer", "3", "samples", "1.1", product, "n of \"m of the last n\"; as many as failures when left out"},
    Key{"confirm", "retry_after", "duration", "10s", "", "1.1", product, "from the end of a failing sample to the next"},
    Key{"recover", "passes", "integer", "2", "samples", "1.1", product, "passes in a row"},
    Key{"window", "shortest", "duration", "5min", "", "1.1", product, "a window lasts at least this long"},
    Key{"window", "samples", "integer", "10", "samples", "1.1", product, "and holds at least so many samples"},
    Key{"window", "retry_after", "duration", "5s", "", "1.1", product, "between the samples of the second window"},

    Key{"line", "name", "name", "", "", "III.3.2.5", required, "of the external network"},
    Key{"line", "gateway", "text", "", "", "III.3.2.5", optional, "its near end, a numeric address: tells inside from outside"},
    Key{"line", "targets", "list-of:url", "", "", "III.3.2.5", required, "two or more, beyond the line and independent of each other"},
    Key{"line", "quorum", "integer", "", "targets", "III.3.2.5", optional, "so many lost mean that the line is lost; more than half"},
    Key{"line", "every", "limit", "60s", "", "1.1", product, "start to start of each target's probe"},
    Key{"line", "timeout", "duration", "5s", "", "1.1", product, "shorter than every"},
};

} // namespace

std::span<const Key> watch_rows() { return rows; }

} // namespace config

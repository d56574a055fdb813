#include "daemon/watch_series.hpp"

#include "daemon/metric_table.hpp"
#include "ledger/codec_words.hpp"
#include "web/metric_text.hpp"

#include <array>
#include <span>
#include <utility>

namespace hinomi {

namespace {

/// One watch's lines of one family.
struct Place {
    const WatchFigures::Generation& figures;
    const UnderMaintenance& under_maintenance;
    std::size_t watch;
    std::string_view family;

    [[nodiscard]] const WatchFigures::Basic& basic() const { return figures.basic(watch); }
    [[nodiscard]] const WatchFigures::Full& full() const { return figures.details(watch); }
};

/// `family{labels`
void begin(std::string& out, const Place& place, std::string_view suffix = {}) {
    out.append(place.family).append(suffix) += '{';
    out.append(place.figures.labels(place.watch));
}

void label(std::string& out, std::string_view name, std::string_view value) {
    out += ',';
    out.append(name).append("=\"").append(value) += '"';  // our own words: nothing to escape
}

void end(std::string& out, std::uint64_t value) {
    out += "} ";
    web::append_number(out, value);
    out += '\n';
}

void end_milliseconds(std::string& out, std::int64_t value) {
    out += "} ";
    web::append_milliseconds(out, value);
    out += '\n';
}

void end_microseconds(std::string& out, std::uint64_t value) {
    out += "} ";
    web::append_microseconds(out, value);
    out += '\n';
}

bool is_up(model::Condition condition) { return condition == model::Condition::up || condition == model::Condition::degraded; }

void target_up(std::string& out, const Place& place) {
    begin(out, place);
    end(out, is_up(place.basic().condition) ? 1 : 0);
}

void probe_success(std::string& out, const Place& place) {
    if (place.basic().probes == 0) return;
    begin(out, place);
    end(out, place.basic().passed ? 1 : 0);
}

void probes(std::string& out, const Place& place) {
    begin(out, place);
    label(out, "kind", place.figures.kind(place.basic().kind));
    end(out, place.basic().probes);
}

void failures(std::string& out, const Place& place) {
    const auto& kind = place.figures.kind(place.basic().kind);
    if (!place.figures.full()) {
        begin(out, place);
        label(out, "kind", kind);
        end(out, place.basic().failures);
        return;
    }
    for (std::size_t reason = 0; reason < WatchFigures::reason_count; ++reason) {
        const auto count = place.full().failures[reason];
        if (count == 0) continue;
        begin(out, place);
        label(out, "kind", kind);
        label(out, "reason", ledger::word_of(static_cast<model::Reason>(reason)));
        end(out, count);
    }
}

void missed(std::string& out, const Place& place) {
    begin(out, place);
    end(out, place.basic().missed);
}

void last_run(std::string& out, const Place& place) {
    if (place.basic().probes == 0) return;
    begin(out, place);
    end_milliseconds(out, place.basic().last_run_ms);
}

void interval_limit(std::string& out, const Place& place) {
    begin(out, place);
    end_milliseconds(out, place.basic().interval_limit_ms);
}

void duration(std::string& out, const Place& place) {
    static constexpr std::array<std::string_view, WatchFigures::duration_ends.size()> ends{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                                                           "0.5",   "1",    "2.5",   "5",    "10"};
    if (place.figures.full()) {
        std::uint64_t sum = 0;
        for (std::size_t bucket = 0; bucket < ends.size(); ++bucket) {
            sum += place.full().durations[bucket];
            begin(out, place, "_bucket");
            label(out, "le", ends[bucket]);
            end(out, sum);
        }
    }
    begin(out, place, "_bucket");
    label(out, "le", "+Inf");
    end(out, place.basic().probes);
    begin(out, place, "_sum");
    end_microseconds(out, place.basic().duration_us);
    begin(out, place, "_count");
    end(out, place.basic().probes);
}

void info(std::string& out, const Place& place) {
    begin(out, place);
    label(out, "kind", place.figures.kind(place.basic().kind));
    end(out, 1);
}

void state(std::string& out, const Place& place) {
    static constexpr std::array<std::string_view, 5> states{"up", "degraded", "down", "maintenance", "unknown"};
    const auto condition = place.basic().condition;
    std::string_view now = "unknown";
    if (place.under_maintenance.contains(place.watch)) now = "maintenance";
    else if (condition == model::Condition::up) now = "up";
    else if (condition == model::Condition::degraded) now = "degraded";
    else if (condition == model::Condition::down) now = "down";
    for (const auto each : states) {
        begin(out, place);
        label(out, "state", each);
        end(out, each == now ? 1 : 0);
    }
}

void interval(std::string& out, const Place& place) {
    begin(out, place);
    end_milliseconds(out, place.basic().interval_ms);
}

void phases(std::string& out, const Place& place) {
    static constexpr std::array<std::string_view, WatchFigures::phase_count> names{"resolve", "connect", "tls", "processing", "transfer"};
    if (place.basic().probes == 0) return;
    for (std::size_t phase = 0; phase < names.size(); ++phase) {
        begin(out, place);
        label(out, "phase", names[phase]);
        end_microseconds(out, place.full().phases_us[phase]);
    }
}

void certificate(std::string& out, const Place& place) {
    const auto not_after = place.full().certificate_not_after;
    if (not_after <= 0) return;
    begin(out, place);
    end(out, static_cast<std::uint64_t>(not_after));
}

struct Family {
    std::string_view name;
    void (*write)(std::string& out, const Place& place);
};
constexpr std::array families{
    Family{"hinomi_target_up", target_up},
    Family{"hinomi_probe_success", probe_success},
    Family{"hinomi_probes_total", probes},
    Family{"hinomi_probe_failures_total", failures},
    Family{"hinomi_probes_missed_total", missed},
    Family{"hinomi_probe_last_run_timestamp_seconds", last_run},
    Family{"hinomi_probe_interval_limit_seconds", interval_limit},
    Family{"hinomi_probe_duration_seconds", duration},
    Family{"hinomi_target_info", info},
    Family{"hinomi_target_state", state},
    Family{"hinomi_probe_interval_seconds", interval},
    Family{"hinomi_probe_phase_seconds", phases},
    Family{"hinomi_tls_certificate_not_after_timestamp_seconds", certificate},
};

class WatchSeries final : public web::BodySource {
public:
    WatchSeries(std::shared_ptr<const WatchFigures::Generation> figures, UnderMaintenance under_maintenance)
        : figures_(std::move(figures)), under_maintenance_(std::move(under_maintenance)) {}

    bool next(std::string& piece) override {
        piece.reserve(web::piece_bytes + 4096);
        for (; family_ < families.size(); ++family_, watch_ = 0) {
            const auto& family = families[family_];
            const auto& described = metric(family.name);
            if (described.part == Metric::Part::full && !figures_->full()) continue;
            for (; watch_ < figures_->size(); ++watch_) {
                if (piece.size() >= web::piece_bytes) return true;
                if (watch_ == 0) web::append_family(piece, family.name, word_of(described.kind), described.help);
                if (!figures_->vacant(watch_)) family.write(piece, {*figures_, under_maintenance_, watch_, family.name});
            }
        }
        return false;
    }

private:
    std::shared_ptr<const WatchFigures::Generation> figures_;
    UnderMaintenance under_maintenance_;
    std::size_t family_ = 0;
    std::size_t watch_ = 0;
};

} // namespace

std::unique_ptr<web::BodySource> watch_series(const WatchFigures& figures, UnderMaintenance under_maintenance) {
    return std::make_unique<WatchSeries>(figures.now(), std::move(under_maintenance));
}

} // namespace hinomi

#include "daemon/engine_figures.hpp"

#include "incidents/elapsed.hpp"
#include "ledger/codec_words.hpp"

#include <array>
#include <charconv>
#include <variant>

namespace hinomi {

namespace {

using ledger::word_of;
using model::Stage;

/// The stages that are owed; pages and tests fulfil no duty.
constexpr std::array owed{Stage::first_alert, Stage::follow_up,   Stage::recovery,     Stage::correction,    Stage::line_fault,
                          Stage::blind,       Stage::maintenance, Stage::final_report, Stage::monthly_report};
constexpr std::array channels{model::ChannelKind::mail, model::ChannelKind::webhook};
constexpr std::array severities{model::Severity::performance, model::Severity::fault, model::Severity::stop, model::Severity::line,
                                model::Severity::blind};
constexpr std::array failed_outcomes{model::DeliveryOutcome::retry, model::DeliveryOutcome::refused, model::DeliveryOutcome::unknown,
                                     model::DeliveryOutcome::undeliverable};

using Bounds = prometheus::Histogram::BucketBoundaries;
const Bounds& latency_bounds() {
    static const Bounds bounds{5, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 7200};
    return bounds;
}
const Bounds& delay_bounds() {
    static const Bounds bounds{1, 5, 15, 30, 60, 120, 300, 600, 1200, 3600};
    return bounds;
}
const Bounds& lag_bounds() {
    static const Bounds bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
    return bounds;
}

double seconds(model::Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }
double timestamp(model::WallTime time) { return seconds(time.time_since_epoch()); }
std::string word(auto value) { return std::string(word_of(value)); }

/// 48 bits are exact as a double.
double short_hash(const std::string& sha256) {
    std::uint64_t number = 0;
    const auto* end = sha256.data() + std::min<std::size_t>(sha256.size(), 12);
    std::from_chars(sha256.data(), end, number, 16);
    return static_cast<double>(number);
}

} // namespace

EngineFigures::EngineFigures(io::Clock& clock, const Engine& engine, Settings settings)
    : clock_(clock), engine_(engine), settings_(std::move(settings)), started_(clock.now()) {
    create_all();
}

EngineFigures::Family<prometheus::Counter>& EngineFigures::counters(const char* name) {
    return prometheus::BuildCounter().Name(name).Help(std::string(metric(name).help)).Register(registry_);
}
EngineFigures::Family<prometheus::Gauge>& EngineFigures::gauges(const char* name) {
    return prometheus::BuildGauge().Name(name).Help(std::string(metric(name).help)).Register(registry_);
}
EngineFigures::Family<prometheus::Histogram>& EngineFigures::histograms(const char* name) {
    return prometheus::BuildHistogram().Name(name).Help(std::string(metric(name).help)).Register(registry_);
}
void EngineFigures::set(const char* name, double value, const Labels& labels) { gauges(name).Add(labels).Set(value); }
void EngineFigures::raise(const char* name, double value, const Labels& labels) {
    auto& counter = counters(name).Add(labels);
    if (value > counter.Value()) counter.Increment(value - counter.Value());
}

/// Every label set there can be, at 0: `increase()` must not miss the first breach.
void EngineFigures::create_all() {
    for (const auto stage : owed) {
        for (const auto channel : channels)
            histograms("hinomi_notification_latency_seconds").Add({{"notice", word(stage)}, {"channel", word(channel)}}, latency_bounds());
        counters("hinomi_deadline_breaches_total").Add({{"notice", word(stage)}});
    }
    for (const auto severity : severities) counters("hinomi_incidents_total").Add({{"severity", word(severity)}});
    histograms("hinomi_detection_delay_seconds").Add({}, delay_bounds());
    for (const auto channel : channels) {
        counters("hinomi_notifications_total").Add({{"channel", word(channel)}});
        for (const auto outcome : failed_outcomes)
            counters("hinomi_notifications_failed_total").Add({{"channel", word(channel)}, {"reason", word(outcome)}});
    }
    lateness_ = &histograms("hinomi_probe_schedule_lateness_seconds").Add({}, lag_bounds());
    lag_ = &histograms("hinomi_event_loop_lag_seconds").Add({}, lag_bounds());
    counters("hinomi_clock_steps_total").Add({});
    counters("hinomi_http_handshakes_failed_total").Add({});
    counters("hinomi_http_answers_total").Add({{"code", "200"}});
    set("hinomi_build_info", 1,
        {{"version", settings_.version}, {"revision", settings_.revision}, {"compiler", "clang " __clang_version__}});
    set("hinomi_config_last_reload_successful", 1);
    set("hinomi_config_last_reload_success_timestamp_seconds", timestamp(started_.wall));
    set("hinomi_config_hash", short_hash(settings_.configuration_sha256));
}

void EngineFigures::begin() {
    armed_.clear();
    for (const auto& [id, duty] : engine_.book().duties) {
        if (duty.state == model::DutyState::armed) arm(duty);
    }
}

void EngineFigures::arm(const model::Duty& duty) {
    armed_[duty.stage].emplace(incidents::boot_when(duty.deadline, duty.deadline.limit), duty.id);
}

void EngineFigures::disarm(const model::Duty& duty) {
    armed_[duty.stage].erase({incidents::boot_when(duty.deadline, duty.deadline.limit), duty.id});
}

void EngineFigures::replayed(const model::Event& event) {
    if (const auto* composed = std::get_if<model::NoticeComposed>(&event.payload)) remember(composed->notice);
    forget_settled(event);
}

void EngineFigures::remember(const model::Notice& notice) {
    for (const auto& envelope : notice.envelopes) channels_[envelope.id] = envelope.channel;
}

void EngineFigures::forget_settled(const model::Event& event) {
    const auto* recorded = std::get_if<model::DeliveryRecorded>(&event.payload);
    if (recorded == nullptr) return;
    const auto outcome = recorded->delivery.outcome;
    if (outcome != model::DeliveryOutcome::retry && outcome != model::DeliveryOutcome::unknown)
        channels_.erase(recorded->delivery.envelope);
}

void EngineFigures::apply(const model::Event& event, const std::vector<incidents::DutyTransition>& transitions) {
    std::visit([&](const auto& payload) { count(event, payload); }, event.payload);
    for (const auto& transition : transitions) {
        const auto found = engine_.book().duties.find(transition.duty);
        if (found == engine_.book().duties.end()) continue;
        const auto& duty = found->second;
        if (transition.from == model::DutyState::armed) disarm(duty);
        if (transition.to == model::DutyState::armed) arm(duty);
        if (transition.to == model::DutyState::met || transition.to == model::DutyState::late) met(event, duty);
    }
    forget_settled(event);
}

void EngineFigures::met(const model::Event& event, const model::Duty& duty) {
    const auto* delivery = std::get_if<model::DeliveryRecorded>(&event.payload);
    if (delivery == nullptr) return;
    const auto envelope = channels_.find(delivery->delivery.envelope);
    if (envelope == channels_.end()) return;
    const auto channel = word(envelope->second);
    histograms("hinomi_notification_latency_seconds")
        .Add({{"notice", word(duty.stage)}, {"channel", channel}}, latency_bounds())
        .Observe(seconds(duty.elapsed));
}

void EngineFigures::count(const model::Event& event, const model::ConfigurationLoaded& payload) {
    set("hinomi_config_last_reload_successful", 1);
    set("hinomi_config_last_reload_success_timestamp_seconds", timestamp(event.time.wall));
    set("hinomi_config_hash", short_hash(payload.sha256));
}

void EngineFigures::count(const model::Event&, const model::ReloadRejected&) { set("hinomi_config_last_reload_successful", 0); }

void EngineFigures::count(const model::Event&, const model::ClockStepped&) {
    counters("hinomi_clock_steps_total").Add({}).Increment();
    begin();  // deadlines that were estimated over a boot may have moved
}

void EngineFigures::count(const model::Event&, const model::Opened& payload) {
    const auto& incident = payload.incident;
    counters("hinomi_incidents_total").Add({{"severity", word(incident.severity)}}).Increment();
    if (incident.last_good == model::Instant{} || incident.kind != model::IncidentKind::customer) return;
    const auto unseen = incident.detect.wall - incident.last_good.wall;
    histograms("hinomi_detection_delay_seconds").Add({}, delay_bounds()).Observe(seconds(std::max(unseen, model::Milliseconds{0})));
}

void EngineFigures::count(const model::Event&, const model::DutiesArmed& payload) {
    for (const auto& duty : payload.duties) arm(duty);
}

void EngineFigures::count(const model::Event&, const model::NoticeComposed& payload) { remember(payload.notice); }

void EngineFigures::count(const model::Event&, const model::DutyMissed& payload) {
    const auto duty = engine_.book().duties.find(payload.duty);
    if (duty == engine_.book().duties.end()) return;
    counters("hinomi_deadline_breaches_total").Add({{"notice", word(duty->second.stage)}}).Increment();
}

void EngineFigures::count(const model::Event&, const model::DeliveryRecorded& payload) {
    const auto& delivery = payload.delivery;
    const auto envelope = channels_.find(delivery.envelope);
    if (envelope == channels_.end()) return;
    const auto channel = word(envelope->second);
    if (delivery.outcome != model::DeliveryOutcome::undeliverable)
        counters("hinomi_notifications_total").Add({{"channel", channel}}).Increment();
    if (delivery.outcome == model::DeliveryOutcome::accepted) return;
    counters("hinomi_notifications_failed_total").Add({{"channel", channel}, {"reason", word(delivery.outcome)}}).Increment();
}

void EngineFigures::started(const Start& start) { lateness_->Observe(seconds(start.late)); }

void EngineFigures::oldest_records(const ledger::OldestRecords& oldest) {
    auto& family = gauges("hinomi_log_oldest_record_timestamp_seconds");
    for (const auto& [name, time] : {std::pair{"usage", oldest.usage}, std::pair{"exception", oldest.exception}}) {
        auto& gauge = family.Add({{"class", name}});
        if (time) gauge.Set(timestamp(*time));
        else family.Remove(&gauge);
    }
}

void EngineFigures::loop_lagged(model::Milliseconds lag) { lag_->Observe(seconds(lag)); }

} // namespace hinomi

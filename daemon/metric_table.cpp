#include "daemon/metric_table.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace hinomi {

namespace {

using enum Metric::Kind;
using enum Metric::Part;

constexpr std::array table{
    Metric{"hinomi_availability_ratio", gauge, offering, "offering, window",
           "Availability with unknown time counted as down; window is month (to date), last_month or 30d."},
    Metric{"hinomi_availability_best_ratio", gauge, offering, "offering, window", "Availability with unknown time counted as up."},
    Metric{"hinomi_availability_measured_ratio", gauge, offering, "offering, window", "Availability with unknown time left out."},
    Metric{"hinomi_availability_coverage_ratio", gauge, offering, "offering, window", "Share of the planned service time that was seen."},
    Metric{"hinomi_availability_objective_ratio", gauge, offering, "offering", "Availability that was promised."},
    Metric{"hinomi_error_budget_remaining_ratio", gauge, offering, "offering",
           "Share of the month's permitted down time that is left, unknown time counted as down; negative when overdrawn."},
    Metric{"hinomi_observed_seconds_total", counter, offering, "offering",
           "Planned service time of this month that was seen; begins anew with the month."},
    Metric{"hinomi_downtime_seconds_total", counter, offering, "offering, cause",
           "Down time of this month; cause is unplanned, planned (maintenance) or unknown; begins anew with the month."},
    Metric{"hinomi_tenant_availability_ratio", gauge, offering, "offering, tenant",
           "Availability of this month to date for one customer, whose own maintenance is left out; unknown time counted as down."},

    Metric{"hinomi_notification_latency_seconds", histogram, daemon, "notice, channel",
           "From the base of a duty (detection, discovery, recovery) to the accepted notice."},
    Metric{"hinomi_deadline_breaches_total", counter, daemon, "notice", "Duties whose limit passed without an accepted notice."},
    Metric{"hinomi_deadlines_pending", gauge, daemon, "notice", "Duties that are armed and not yet met."},
    Metric{"hinomi_deadline_next_timestamp_seconds", gauge, daemon, "notice",
           "When the next limit of an armed duty passes; absent without one."},
    Metric{"hinomi_followups_due", gauge, daemon, "", "Follow-up reports that customers are owed."},
    Metric{"hinomi_incidents_open", gauge, daemon, "severity", "Incidents that are open now."},
    Metric{"hinomi_incidents_total", counter, daemon, "severity", "Incidents that were opened, by their first severity."},
    Metric{"hinomi_detection_delay_seconds", histogram, daemon, "",
           "From the last good sample before an incident to its detection: the longest that the fault can have lasted unseen."},
    Metric{"hinomi_outbox_messages", gauge, daemon, "channel, state", "Notices on their way; state is pending."},
    Metric{"hinomi_outbox_oldest_message_timestamp_seconds", gauge, daemon, "channel",
           "When the oldest pending notice was written; absent without one."},
    Metric{"hinomi_outbox_attempts_in_flight", gauge, daemon, "", "Attempts to deliver that are under way."},
    Metric{"hinomi_notifications_total", counter, daemon, "channel", "Attempts to deliver a notice."},
    Metric{"hinomi_notifications_failed_total", counter, daemon, "channel, reason",
           "Attempts that were not accepted; reason is retry, refused, unknown or undeliverable."},
    Metric{"hinomi_probe_schedule_lateness_seconds", histogram, daemon, "", "How late probes start."},
    Metric{"hinomi_probes_in_flight", gauge, daemon, "", "Probes under way."},
    Metric{"hinomi_watches", gauge, daemon, "", "Watches of the configuration."},
    Metric{"hinomi_watches_overdue", gauge, daemon, "", "Watches not probed within their interval limit."},
    Metric{"hinomi_ledger_durable", gauge, daemon, "", "1 while events reach the disk; 0 while they wait in memory."},
    Metric{"hinomi_ledger_events_total", counter, daemon, "", "Events in the ledger."},
    Metric{"hinomi_store_size_bytes", gauge, daemon, "", "Size of the ledger's files."},
    Metric{"hinomi_log_oldest_record_timestamp_seconds", gauge, daemon, "class",
           "When the oldest record was made that is still there; class is usage or exception, as in `retention`; looked up every five "
           "minutes."},
    Metric{"hinomi_check_last_success_timestamp_seconds", gauge, daemon, "check",
           "When a regular check last went well; check is backup: when the newest good one was made. Absent without one."},
    Metric{"hinomi_config_last_reload_successful", gauge, daemon, "", "1 when the last attempt to load the configuration succeeded."},
    Metric{"hinomi_config_last_reload_success_timestamp_seconds", gauge, daemon, "", "When the configuration was last loaded."},
    Metric{"hinomi_config_hash", gauge, daemon, "", "The first 48 bits of the configuration's SHA-256."},
    Metric{"hinomi_clock_steps_total", counter, daemon, "", "Steps of the wall clock by more than a second."},
    Metric{"hinomi_event_loop_lag_seconds", histogram, daemon, "", "How late a timer of the state thread runs, measured every second."},
    Metric{"hinomi_http_connections", gauge, daemon, "", "HTTP connections that are open."},
    Metric{"hinomi_http_connections_turned_away_total", counter, daemon, "",
           "HTTP connections that found no room, or were closed for another."},
    Metric{"hinomi_http_handshakes_failed_total", counter, daemon, "",
           "TLS connections to the administrative listener that were refused: no certificate, one that is not taken, or too slow."},
    Metric{"hinomi_http_answers_total", counter, daemon, "code", "HTTP requests answered, by status."},
    Metric{"hinomi_build_info", gauge, daemon, "version, revision, compiler", "What runs; always 1."},
    Metric{"process_start_time_seconds", gauge, daemon, "", "When the process started."},
    Metric{"process_cpu_seconds_total", counter, daemon, "", "User and system CPU time."},
    Metric{"process_resident_memory_bytes", gauge, daemon, "", "Resident memory."},
    Metric{"process_virtual_memory_bytes", gauge, daemon, "", "Virtual memory."},
    Metric{"process_open_fds", gauge, daemon, "", "Open file descriptors."},
    Metric{"process_max_fds", gauge, daemon, "", "Most file descriptors that may be open."},

    Metric{"hinomi_target_up", gauge, basic, "target, class",
           "1 while the watch is up or only slow, by the confirmed state; 0 while it is down, and while nothing is known."},
    Metric{"hinomi_probe_success", gauge, basic, "target, class", "1 when the last probe passed; absent before the first."},
    Metric{"hinomi_probes_total", counter, basic, "target, class, kind", "Probes since the daemon started."},
    Metric{"hinomi_probe_failures_total", counter, basic, "target, class, kind, reason",
           "Probes that did not pass; with `per_watch: full` by reason, each from its first occurrence on."},
    Metric{"hinomi_probes_missed_total", counter, basic, "target, class", "Whole intervals that passed without a probe."},
    Metric{"hinomi_probe_last_run_timestamp_seconds", gauge, basic, "target, class",
           "When the last probe started; absent before the first."},
    Metric{"hinomi_probe_interval_limit_seconds", gauge, basic, "target, class", "The longest that may lie between two probes."},
    Metric{"hinomi_probe_duration_seconds", histogram, basic, "target, class",
           "How long probes take; in the basic set only its sum and count."},
    Metric{"hinomi_target_info", gauge, full, "target, class, kind", "Which kind of probe looks at the target; always 1."},
    Metric{"hinomi_target_state", gauge, full, "target, class, state",
           "1 for the state it is in: up, degraded, down, maintenance or unknown."},
    Metric{"hinomi_probe_interval_seconds", gauge, full, "target, class", "The interval of the probes."},
    Metric{"hinomi_probe_phase_seconds", gauge, full, "target, class, phase",
           "Phases of the last probe: resolve, connect, tls, processing, transfer."},
    Metric{"hinomi_tls_certificate_not_after_timestamp_seconds", gauge, full, "target, class",
           "When the first of the certificates ends that the target presented; absent where none was seen."},
};

} // namespace

std::span<const Metric> metric_table() { return table; }

const Metric& metric(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Metric::name);
    if (found == table.end()) throw std::logic_error("no such metric: " + std::string(name));
    return *found;
}

std::string_view word_of(Metric::Kind kind) {
    switch (kind) {
    case counter: return "counter";
    case gauge: return "gauge";
    case histogram: return "histogram";
    }
    return "untyped";
}

} // namespace hinomi

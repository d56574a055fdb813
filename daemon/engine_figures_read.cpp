#include "daemon/engine_figures.hpp"

#include "ledger/codec_words.hpp"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

namespace hinomi {

namespace {

using ledger::word_of;

double seconds(model::Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }
double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }
std::string word(auto value) { return std::string(word_of(value)); }

struct Memory {
    double resident = 0;
    double whole = 0;
};

/// Two numbers of pages at the beginning of /proc/self/statm (proc(5)).
std::optional<Memory> read_memory() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    if (!(file >> whole >> resident)) return std::nullopt;
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    return Memory{.resident = static_cast<double>(resident) * page, .whole = static_cast<double>(whole) * page};
}

std::optional<double> count_descriptors() {
    std::error_code error;
    double count = 0;
    for (auto each = std::filesystem::directory_iterator("/proc/self/fd", error); !error && each != std::filesystem::directory_iterator{};
         each.increment(error))
        ++count;
    return error ? std::nullopt : std::optional(count - 1);  // one of them was for looking
}

} // namespace

std::string EngineFigures::text(const web::Counts& web) {
    read_duties();
    read_incidents();
    read_outbox();
    read_checks();
    read_process();
    const auto& watching = engine_.watching();
    set("hinomi_probes_in_flight", watching.counts().under_way);
    set("hinomi_watches", static_cast<double>(watching.count()));
    set("hinomi_ledger_durable", engine_.ledger().durable() ? 1 : 0);
    raise("hinomi_ledger_events_total", static_cast<double>(engine_.journal().last()));
    set("hinomi_store_size_bytes", static_cast<double>(settings_.store_bytes()));
    set("hinomi_watches_overdue", watching.overdue(/*limit=*/0).second);
    set("hinomi_http_connections", static_cast<double>(web.open));
    raise("hinomi_http_connections_turned_away_total", static_cast<double>(web.turned_away));
    raise("hinomi_http_handshakes_failed_total", static_cast<double>(web.handshakes_failed));
    for (const auto& [code, count] : web.answers)
        raise("hinomi_http_answers_total", static_cast<double>(count), {{"code", std::to_string(code)}});
    return prometheus::TextSerializer().Serialize(registry_.Collect());
}

void EngineFigures::read_duties() {
    const auto now = clock_.now();
    auto& next = gauges("hinomi_deadline_next_timestamp_seconds");
    for (const auto stage :
         {model::Stage::first_alert, model::Stage::follow_up, model::Stage::recovery, model::Stage::correction, model::Stage::line_fault,
          model::Stage::blind, model::Stage::maintenance, model::Stage::final_report, model::Stage::monthly_report}) {
        const auto& armed = armed_[stage];
        set("hinomi_deadlines_pending", static_cast<double>(armed.size()), {{"notice", word(stage)}});
        auto& gauge = next.Add({{"notice", word(stage)}});
        if (armed.empty()) next.Remove(&gauge);
        else gauge.Set(seconds(now.wall.time_since_epoch() + (armed.begin()->first - now.boot)));
    }
    set("hinomi_followups_due", static_cast<double>(armed_[model::Stage::follow_up].size()));
}

void EngineFigures::read_incidents() {
    std::map<model::Severity, std::uint64_t> open;
    for (const auto& [id, incident] : engine_.book().incidents) {
        if (incident.open() && incident.void_reason.empty()) ++open[incident.severity];
    }
    for (const auto severity :
         {model::Severity::performance, model::Severity::fault, model::Severity::stop, model::Severity::line, model::Severity::blind})
        set("hinomi_incidents_open", static_cast<double>(open[severity]), {{"severity", word(severity)}});
}

void EngineFigures::read_outbox() {
    const auto counts = engine_.outbox().counts();
    set("hinomi_outbox_messages", static_cast<double>(counts.pending_mail), {{"channel", "mail"}, {"state", "pending"}});
    set("hinomi_outbox_messages", static_cast<double>(counts.pending_webhook), {{"channel", "webhook"}, {"state", "pending"}});
    set("hinomi_outbox_attempts_in_flight", static_cast<double>(counts.in_flight));
    auto& oldest = gauges("hinomi_outbox_oldest_message_timestamp_seconds");
    for (const auto& [channel, time] : {std::pair{"mail", counts.oldest_mail}, std::pair{"webhook", counts.oldest_webhook}}) {
        auto& gauge = oldest.Add({{"channel", channel}});
        if (time == model::WallTime{}) oldest.Remove(&gauge);
        else gauge.Set(seconds(time.time_since_epoch()));
    }
}

void EngineFigures::read_checks() {
    auto& success = gauges("hinomi_check_last_success_timestamp_seconds");
    auto& backup = success.Add({{"check", "backup"}});
    const auto last = settings_.last_backup ? settings_.last_backup() : std::nullopt;
    if (last) backup.Set(seconds(last->time_since_epoch()));
    else success.Remove(&backup);
}

void EngineFigures::read_process() {
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) raise("process_cpu_seconds_total", seconds(usage.ru_utime) + seconds(usage.ru_stime));
    if (const auto memory = read_memory()) {
        set("process_resident_memory_bytes", memory->resident);
        set("process_virtual_memory_bytes", memory->whole);
    }
    if (const auto descriptors = count_descriptors()) set("process_open_fds", *descriptors);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) set("process_max_fds", static_cast<double>(limit.rlim_cur));
    set("process_start_time_seconds", seconds(started_.wall.time_since_epoch()));
}

} // namespace hinomi

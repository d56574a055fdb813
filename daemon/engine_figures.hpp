#pragma once

#include "daemon/engine.hpp"
#include "daemon/metric_table.hpp"
#include "ledger/queries.hpp"
#include "web/server.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace hinomi {

/// The daemon's own series, in prometheus-cpp's registry: counters and histograms move with the events, gauges are read
/// when somebody scrapes. Counters begin with the process. State thread only.
class EngineFigures {
public:
    struct Settings {
        std::string version;
        std::string revision;
        std::string configuration_sha256;
        std::function<std::uint64_t()> store_bytes;  ///< size of the ledger's files
        std::function<std::optional<model::WallTime>()> last_backup = {};  ///< may be empty
    };

    EngineFigures(io::Clock& clock, const Engine& engine, Settings settings);

    /// Before the start: which channel a notice that is still on its way goes by.
    void replayed(const model::Event& event);

    /// What the replay left: duties that are armed already. Before the first event.
    void begin();

    void apply(const model::Event& event, const std::vector<incidents::DutyTransition>& transitions);
    void started(const Start& start);
    void loop_lagged(model::Milliseconds lag);
    void oldest_records(const ledger::OldestRecords& oldest);

    /// The text of all of it, as of now.
    [[nodiscard]] std::string text(const web::Counts& web);

private:
    template <typename Kind> using Family = prometheus::Family<Kind>;
    using Labels = std::map<std::string, std::string>;

    Family<prometheus::Counter>& counters(const char* name);
    Family<prometheus::Gauge>& gauges(const char* name);
    Family<prometheus::Histogram>& histograms(const char* name);
    void set(const char* name, double value, const Labels& labels = {});
    /// A counter whose value somebody else keeps.
    void raise(const char* name, double value, const Labels& labels = {});
    void create_all();

    template <typename Ignored> void count(const model::Event&, const Ignored&) {}
    void count(const model::Event& event, const model::ConfigurationLoaded& payload);
    void count(const model::Event& event, const model::ReloadRejected& payload);
    void count(const model::Event& event, const model::ClockStepped& payload);
    void count(const model::Event& event, const model::Opened& payload);
    void count(const model::Event& event, const model::DutiesArmed& payload);
    void count(const model::Event& event, const model::NoticeComposed& payload);
    void count(const model::Event& event, const model::DutyMissed& payload);
    void count(const model::Event& event, const model::DeliveryRecorded& payload);

    void arm(const model::Duty& duty);
    void disarm(const model::Duty& duty);
    void met(const model::Event& event, const model::Duty& duty);
    void remember(const model::Notice& notice);
    void forget_settled(const model::Event& event);
    void read_duties();
    void read_incidents();
    void read_outbox();
    void read_checks();
    void read_process();

    io::Clock& clock_;
    const Engine& engine_;
    Settings settings_;
    prometheus::Registry registry_;
    std::map<model::Stage, std::set<std::pair<model::Milliseconds, model::DutyId>>> armed_;  ///< by the boot time of their limit
    std::map<model::EnvelopeId, model::ChannelKind> channels_;  ///< of envelopes that are not settled
    prometheus::Histogram* lateness_ = nullptr;
    prometheus::Histogram* lag_ = nullptr;
    model::Instant started_;
};

} // namespace hinomi

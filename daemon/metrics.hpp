#pragma once

#include "config/settings.hpp"
#include "daemon/engine.hpp"
#include "daemon/engine_figures.hpp"
#include "daemon/sla_figures.hpp"
#include "daemon/watch_figures.hpp"
#include "io/sleep.hpp"
#include "web/server.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace hinomi {

/// `/metrics`: what is owed to customers first, then the daemon itself, then each watch; made in pieces of 64 KB, one a
/// turn of the state thread, so that no probe waits for a scrape. The engine outlives it. State thread only.
class Metrics {
public:
    struct Settings {
        EngineFigures::Settings engine;
        std::optional<bool> full;             ///< `per_watch: full | basic`; without it by the number of watches
        std::uint32_t scrapes_at_a_time = 4;  ///< the next is told to come again
    };
    /// Above so many watches only the basic series are told (design section 4).
    static constexpr std::size_t full_up_to = 5'000;

    Metrics(io::Clock& clock, Engine& engine, Settings settings);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// An event that the engine replays.
    void replayed(const model::Event& event) { figures_.replayed(event); }

    /// An event of the last two months, whether the engine's snapshot knows it or not: for the availability.
    void remembered(const model::Event& event) { sla_.apply(event); }

    /// Whether an event of that name can matter to `remembered` now.
    [[nodiscard]] bool wants(std::string_view kind) const { return sla_.fold().wants(kind); }

    /// After replay and memory, before the engine starts: from then on it sees everything. `remembered_since`: the first
    /// sequence that `remembered` saw.
    void start(model::Sequence remembered_since);

    /// The engine has other watches, services or tenants: after a reload.
    void redeclare();

    void oldest_records(const ledger::OldestRecords& oldest) { figures_.oldest_records(oldest); }

    /// Measures the lag of the loop every second, until `stop`.
    asio::awaitable<void> watch_loop();
    void stop();

    [[nodiscard]] web::Answer scrape(const web::Counts& web);

    /// Before `remembered`: services and watches.
    void declare();

private:
    class Scrape;

    io::Clock& clock_;
    Engine& engine_;
    Settings settings_;
    WatchFigures watches_;
    SlaFigures sla_;
    EngineFigures figures_;
    io::Alarm alarm_;
    std::shared_ptr<std::uint32_t> scrapes_ = std::make_shared<std::uint32_t>(0);
    bool stopping_ = false;
};

} // namespace hinomi

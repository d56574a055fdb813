#include "daemon/web_face.hpp"

#include "daemon/history.hpp"
#include "io/aside.hpp"
#include "io/spawn.hpp"
#include "ledger/queries.hpp"

#include <spdlog/spdlog.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace hinomi {

namespace {

/// The database and its log.
std::uint64_t size_of(const std::string& file) {
    std::uint64_t sum = 0;
    for (const auto* suffix : {"", "-wal"}) {
        std::error_code error;
        const auto size = std::filesystem::file_size(file + suffix, error);
        if (!error) sum += size;
    }
    return sum;
}

std::optional<bool> full_of(config::MetricsSettings::PerWatch per_watch) {
    if (per_watch == config::MetricsSettings::PerWatch::automatic) return std::nullopt;
    return per_watch == config::MetricsSettings::PerWatch::full;
}

} // namespace

WebFace::WebFace(Parts parts, const config::MetricsSettings& settings, std::string ledger_file, std::string version,
                 std::string configuration_sha256)
    : parts_(std::move(parts)), settings_(settings), ledger_file_(ledger_file),
      metrics_(parts_.clock, parts_.engine,
               {.engine = {.version = std::move(version),
                           .revision = HINOMI_REVISION,
                           .configuration_sha256 = std::move(configuration_sha256),
                           .store_bytes = [file = std::move(ledger_file)] { return size_of(file); },
                           .last_backup = parts_.last_backup},
                .full = full_of(settings.per_watch)}),
      server_(parts_.executor, parts_.clock, router_, {}), records_(parts_.clock) {
    add_routes();
}

void WebFace::add_routes() {
    router_.add("GET", "/metrics", [this](const web::Request&) { return metrics_.scrape(counts()); });
    router_.add("GET", "/-/healthy", [](const web::Request&) { return web::text_answer(200, "hinomi is healthy"); });
    for (const auto* method : {"POST", "PUT"}) {
        router_.add(method, "/-/reload", [](const web::Request&) {
            return web::text_answer(403,
                                    "what changes something needs TLS and a client's certificate: the listener of `administration`, or "
                                    "`hinomi reload` on this machine");
        });
    }
    router_.add("GET", "/-/ready", [this](const web::Request&) {
        if (!ready_) return web::text_answer(503, "hinomi is stopping");
        if (!parts_.engine.ledger().durable()) return web::text_answer(503, "the ledger cannot be written; notices go on from memory");
        return web::text_answer(200, "hinomi is ready");
    });
}

web::Counts WebFace::counts() const {
    auto all = server_.counts();
    if (!beside_) return all;
    const auto more = beside_();
    all.accepted += more.accepted;
    all.turned_away += more.turned_away;
    all.open += more.open;
    all.handshakes_failed += more.handshakes_failed;
    for (const auto& [status, count] : more.answers) all.answers[status] += count;
    return all;
}

void WebFace::start(ledger::Store& store) {
    if (!settings_.enabled) return;
    metrics_.declare();
    const auto since = parts_.clock.now().wall - availability_lookback;
    const auto wanted = [this](std::string_view kind) { return metrics_.wants(kind); };
    const auto first = read_history(store, since, wanted, [this](const model::Event& event) { metrics_.remembered(event); });
    if (!first)
        spdlog::error("the ledger's last two months cannot be read; availability in the metrics begins now: {}", first.error().what);
    metrics_.start(first.value_or(0));
    io::spawn(parts_.executor, metrics_.watch_loop(), [](std::exception_ptr failure) {
        if (failure != nullptr) spdlog::error("the lag of the event loop is no longer measured");
    });
    io::spawn(parts_.executor, look_at_records(), [](std::exception_ptr failure) {
        if (failure != nullptr) spdlog::error("the age of the oldest records is no longer looked up");
    });
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(settings_.address, error);
    if (error) spdlog::error("metrics: {}: {}", settings_.address, error.message());
    else server_.listen({{address, settings_.port}});
    ready_ = true;
}

/// Aside: the ledger's thread has better things to do, and the state thread does no SQL.
asio::awaitable<void> WebFace::look_at_records() {
    constexpr model::Milliseconds at_first{5'000};  // a new ledger has some by then
    constexpr model::Milliseconds every{5 * 60'000};
    co_await records_.wait_until(parts_.clock.now().boot + at_first);
    while (ready_) {
        const auto found = std::make_shared<std::optional<ledger::OldestRecords>>();
        std::function<void()> work = [found, file = ledger_file_] {
            ledger::Queries queries(file);
            if (!queries.open()) return;
            if (auto oldest = queries.oldest()) *found = *oldest;
        };
        co_await io::aside(parts_.executor, parts_.clock, std::move(work));
        if (*found) metrics_.oldest_records(**found);
        co_await records_.wait_until(parts_.clock.now().boot + every);
    }
}

void WebFace::stopping() {
    ready_ = false;
    records_.ring();
    metrics_.stop();
}

} // namespace hinomi
